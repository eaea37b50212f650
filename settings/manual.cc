#include "settings/manual.h"

#include "base/roff.h"
#include "base/text.h"

namespace godwit {
namespace {

std::string Term(const ArgumentOutline& argument) {
  if (argument.positional) return Cat("\\fI", RoffText(argument.name), "\\fR");
  std::string names = argument.name;
  if (const size_t comma = names.find(','); comma != std::string::npos)
    names.insert(comma + 1, " ");
  return Cat("\\fB", RoffText(names), "\\fR",
             argument.placeholder.empty() ? "" : Cat(" \\fI", argument.placeholder, "\\fR"));
}

std::string Explained(const CommandOutline& command) {
  std::string text;
  for (const ArgumentOutline& argument : command.arguments) {
    // Each command has it, and says the same of it.
    if (argument.name == "--help" && !command.path.empty()) continue;
    text += Cat(".TP\n", Term(argument), "\n", RoffText(argument.help));
    if (!argument.standard.empty()) text += Cat(" (", RoffText(argument.standard), ")");
    text += ".\n";
  }
  return text;
}

std::string Synopsis(const std::string& program, const CommandOutline& command) {
  std::string text = Cat("\\fB", RoffText(program), " ", RoffText(command.path), "\\fR");
  for (const ArgumentOutline& argument : command.arguments) {
    if (argument.name == "--help") continue;
    text += argument.required ? Cat(" ", Term(argument)) : Cat(" [", Term(argument), "]");
  }
  return text;
}

// What may stand behind these words: other words, and options.
std::string WordsBehind(const CommandOutline& command,
                        const std::vector<CommandOutline>& commands) {
  std::string words;
  const std::string prefix = command.path.empty() ? "" : command.path + " ";
  for (const CommandOutline& other : commands) {
    if (other.path.empty() || !other.path.starts_with(prefix)) continue;
    const std::string rest = other.path.substr(prefix.size());
    if (!rest.empty() && rest.find(' ') == std::string::npos) words += rest + " ";
  }
  for (const ArgumentOutline& argument : command.arguments) {
    if (!argument.positional) words += argument.name.substr(argument.name.find("--")) + " ";
  }
  if (!words.empty()) words.pop_back();
  return words;
}

}  // namespace

std::string ManualPage(const std::string& program, const std::vector<CommandOutline>& commands) {
  std::string title = program;
  for (char& letter : title) letter = letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter;
  const CommandOutline& whole = commands.front();
  const size_t colon = whole.help.find(": ");
  std::string text = Cat(
      ".TH ", title, " 8 \"\" \"godwit " GODWIT_VERSION "\" \"Godwit\"\n.SH NAME\n",
      RoffText(program), " \\- ",
      RoffText(colon == std::string::npos ? whole.help : whole.help.substr(colon + 2)),
      "\n.SH SYNOPSIS\n\\fB", RoffText(program),
      "\\fR [\\fIOPTIONS\\fR] \\fICOMMAND\\fR\n.SH OPTIONS\n", Explained(whole), ".SH COMMANDS\n");
  for (const CommandOutline& command : commands) {
    if (command.path.empty() || command.is_group) continue;
    text += Cat(".SS ", Synopsis(program, command), "\n", RoffText(command.help), ".\n",
                Explained(command));
  }
  return text +
         ".SH EXIT STATUS\n0: done. 1: failed. 64: wrong command line. 69: address in use, or no "
         "answer. 74: disk error. 77: not permitted. 78: wrong settings.\n"
         ".SH SEE ALSO\n" +
         Cat("\\fB", RoffText(program),
             " config sample\\fR prints an annotated file with all settings.\n");
}

std::string Completion(const std::string& program, const std::string& shell,
                       const std::vector<CommandOutline>& commands) {
  std::string function = "_" + program;
  for (char& letter : function) letter = letter == '-' ? '_' : letter;
  std::string text =
      shell == "zsh" ? Cat("#compdef ", program, "\nautoload -U +X bashcompinit && bashcompinit\n")
                     : "";
  text += Cat("# ", program, ": completion, printed by `", program, " completion ", shell, "`.\n",
              function,
              "() {\n  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} "
              "path= each words\n"
              "  case $before in --config|--path) COMPREPLY=($(compgen -f -- \"$word\")); return;; "
              "esac\n"
              "  for each in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
              "    [[ $each == -* ]] || path=\"$path $each\"\n  done\n  case \"$path \" in\n");
  // The longest first: shells take the first that fits.
  for (auto command = commands.rbegin(); command != commands.rend(); ++command) {
    text += Cat("    ", command->path.empty() ? "" : Cat("' ", command->path, " '"), "*) words='",
                WordsBehind(*command, commands), "';;\n");
  }
  return text + Cat("  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\ncomplete -F ",
                    function, " ", program, "\n");
}

}  // namespace godwit
