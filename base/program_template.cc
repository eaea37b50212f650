#include "base/program_template.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/counted.h"
#include "base/text.h"

namespace godwit {
namespace {

// An expression that needs more is refused: nothing that an argument is checked by does.
constexpr int64_t kPatternMemory = 256 * 1024;
constexpr std::string_view kBlanks = " \t";

Status Wrong(const std::string& why) {
  return Error(StatusCode::kInvalidArgument, why);
}

StatusOr<std::shared_ptr<const re2::RE2>> Compile(const std::string& expression) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternMemory);
  auto pattern = std::make_shared<const re2::RE2>(expression, options);
  if (pattern->ok()) return pattern;
  return Wrong(Cat("<", expression, ">: ", pattern->error()));
}

}  // namespace

StatusOr<ProgramTemplate> ProgramTemplate::Parse(const std::string& text) {
  ProgramTemplate out;
  out.text_ = text;
  std::string_view rest = text;
  while (true) {
    rest.remove_prefix(std::min(rest.find_first_not_of(kBlanks), rest.size()));
    if (rest.empty()) break;
    const std::string_view part = rest.substr(0, rest.find_first_of(kBlanks));
    rest.remove_prefix(part.size());
    Word word{.text = std::string(part)};
    if (part.size() > 2 && part.starts_with('<') && part.ends_with('>')) {
      word.text = part.substr(1, part.size() - 2);
      GODWIT_ASSIGN_OR_RETURN(word.pattern, Compile(word.text));
    }
    out.words_.push_back(std::move(word));
  }
  if (out.words_.empty() || !out.words_.front().text.starts_with('/')) {
    return Wrong("must begin with the absolute path of a program");
  }
  return out;
}

Status ProgramTemplate::CheckArgument(const Word& word, const std::string& argument,
                                      size_t number) {
  if (argument.size() > kArgumentBytesMax) {
    return Wrong(Cat("argument ", number, " is longer than ", kArgumentBytesMax, " bytes"));
  }
  if (!IsPlainUtf8(argument)) {
    return Wrong(Cat("argument ", number, " is not plain text"));
  }
  if (argument.starts_with('-') && !word.text.starts_with('-')) {
    return Wrong(Cat("argument ", number, " begins with -, but <", word.text, "> does not"));
  }
  if (re2::RE2::FullMatch(argument, *word.pattern)) return absl::OkStatus();
  return Wrong(Cat("argument ", number, " does not match <", word.text, ">"));
}

StatusOr<std::vector<std::string>> ProgramTemplate::Fill(
    const std::vector<std::string>& arguments) const {
  std::vector<std::string> command;
  size_t taken = 0;
  for (const Word& word : words_) {
    if (word.pattern == nullptr) {
      command.push_back(word.text);
      continue;
    }
    if (taken == arguments.size()) return Wrong(Cat("argument ", taken + 1, " is missing"));
    GODWIT_RETURN_IF_ERROR(CheckArgument(word, arguments[taken], taken + 1));
    command.push_back(arguments[taken++]);
  }
  if (taken < arguments.size())
    return Wrong(Cat("takes no more than ", Counted(taken, "argument")));
  return command;
}

}  // namespace godwit
