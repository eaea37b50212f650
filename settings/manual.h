// Makes a daemon's manual page and its completion from the table of its command line.
#pragma once

#include <string>
#include <vector>

namespace godwit {

struct ArgumentOutline {
  std::string name;         // "--config", "-h,--help"; of a positional one, what stands for it
  std::string placeholder;  // of what follows it; empty: nothing does
  std::string help;
  std::string standard;  // when it is not given; may be empty
  bool required = false;
  bool positional = false;
};

struct CommandOutline {
  std::string path;  // "spool cat"; empty: the program itself
  std::string help;
  std::vector<ArgumentOutline> arguments;
  bool is_group = false;  // it is run with another word behind it
};

// Returns the manual page, in the macros of man(7).
std::string ManualPage(const std::string& program, const std::vector<CommandOutline>& commands);
// Returns the completion for `shell`: "bash" or "zsh".
std::string Completion(const std::string& program, const std::string& shell,
                       const std::vector<CommandOutline>& commands);

}  // namespace godwit
