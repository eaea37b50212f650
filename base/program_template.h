// A program that a device's owner lets others run by name: its full path, then words, some of which
// stand for arguments.
//
//   /usr/local/bin/pump speed <[0-9]{1,3}> <slow|fast>
//
// Words are separated by blanks. One in <> stands for one argument: a regular expression (RE2's
// syntax, in time linear in the argument) that has to match all of it. There is no shell: what
// matches is one argument of the program, whatever is in it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"

namespace re2 {
class RE2;
}

namespace godwit {

// Immutable; cheap to copy.
class ProgramTemplate {
 public:
  static constexpr size_t kArgumentBytesMax = 1024;

  // kInvalidArgument: no full path, or an expression that is none.
  [[nodiscard]] static StatusOr<ProgramTemplate> Parse(const std::string& text);

  // The program and its arguments. kInvalidArgument: too few or too many are given, or which one
  // does not match, is longer than kArgumentBytesMax or has a control character; or begins with -
  // where the expression does not: an option slips into a program most easily.
  [[nodiscard]] StatusOr<std::vector<std::string>> Fill(
      const std::vector<std::string>& arguments) const;

  // By its full path.
  const std::string& program() const { return words_.front().text; }
  // As it was written.
  const std::string& text() const { return text_; }

 private:
  struct Word {
    std::string text;                         // of an argument the expression
    std::shared_ptr<const re2::RE2> pattern;  // null: it stands for itself
  };
  static Status CheckArgument(const Word& word, const std::string& argument, size_t number);

  std::string text_;
  std::vector<Word> words_;
};

}  // namespace godwit
