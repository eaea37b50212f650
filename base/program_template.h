// Parses and fills the programs that a device's owner lets operators run by name. A program is its
// full path, then words, some of which are placeholders for arguments.
//
//   /usr/local/bin/pump speed <[0-9]{1,3}> <slow|fast>
//
// Blanks separate the words. A word in <> is the placeholder of one argument: a regular expression
// (RE2's syntax, in time linear in the argument) that has to match all of it. There is no shell: an
// argument that matches is one argument of the program, whatever it contains.
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

// A program with placeholders. Immutable; cheap to copy.
class ProgramTemplate {
 public:
  static constexpr size_t kArgumentBytesMax = 1024;

  // Parses a program. kInvalidArgument: it has no full path, or an expression is not valid.
  [[nodiscard]] static StatusOr<ProgramTemplate> Parse(const std::string& text);

  // Returns the program and its arguments. kInvalidArgument: there are too few or too many
  // arguments; or one does not match, is longer than kArgumentBytesMax, has a control character, or
  // starts with - where the expression does not: that is how an option slips into a program most
  // easily.
  [[nodiscard]] StatusOr<std::vector<std::string>> Fill(
      const std::vector<std::string>& arguments) const;

  // Returns the full path of the program.
  const std::string& program() const { return words_.front().text; }
  // Returns the text that was parsed.
  const std::string& text() const { return text_; }

 private:
  struct Word {
    std::string text;                         // of a placeholder: the expression
    std::shared_ptr<const re2::RE2> pattern;  // null: a plain word
  };
  static Status CheckArgument(const Word& word, const std::string& argument, size_t number);

  std::string text_;
  std::vector<Word> words_;
};

}  // namespace godwit
