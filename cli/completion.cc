// Completion for shells, from the table of commands.
#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "cli/commands.h"

namespace godwit::cli {
namespace {

std::string FirstWord(const std::string& path) {
  return path.substr(0, path.find(' '));
}

std::string SecondWord(const std::string& path) {
  const size_t space = path.find(' ');
  return space == std::string::npos ? "" : path.substr(space + 1);
}

// "-d --device" of an argument that has dashes, with the long one last.
std::vector<std::string> Spellings(const Argument& argument) {
  std::vector<std::string> out;
  if (argument.name.front() != '-') return out;
  const size_t comma = argument.name.find(',');
  out.push_back(argument.name.substr(0, comma));
  if (comma != std::string::npos) out.push_back(argument.name.substr(comma + 1));
  return out;
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += Cat(text.empty() ? "" : " ", word);
  return text;
}

std::vector<std::string> TopWords() {
  std::vector<std::string> words;
  std::set<std::string> seen;
  for (const Command& command : Commands()) {
    const std::string word = FirstWord(command.path);
    if (seen.insert(word).second) words.push_back(word);
  }
  return words;
}

std::vector<std::string> WordsOf(const std::string& group) {
  std::vector<std::string> words;
  for (const Command& command : Commands()) {
    if (FirstWord(command.path) == group && !SecondWord(command.path).empty()) {
      words.push_back(SecondWord(command.path));
    }
  }
  return words;
}

// What may stand behind a command: its options, and the words its arguments choose from.
std::vector<std::string> OptionsOf(const Command& command) {
  std::vector<std::string> words;
  const auto add = [&](const std::vector<Argument>& arguments) {
    for (const Argument& argument : arguments) {
      for (const std::string& spelling : Spellings(argument)) words.push_back(spelling);
      if (Spellings(argument).empty()) {
        words.insert(words.end(), argument.choices.begin(), argument.choices.end());
      }
    }
  };
  add(command.arguments);
  add(GlobalArguments());
  words.push_back("--help");
  return words;
}

std::string ChoiceCases() {
  std::set<std::string> done;
  std::string text;
  const auto add = [&](const std::vector<Argument>& arguments) {
    for (const Argument& argument : arguments) {
      if (argument.choices.empty() || Spellings(argument).empty()) continue;
      if (!done.insert(argument.name).second) continue;
      std::string pattern;
      for (const std::string& spelling : Spellings(argument)) {
        pattern += Cat(pattern.empty() ? "" : "|", spelling);
      }
      text += Cat("    ", pattern, ") COMPREPLY=($(compgen -W '", Joined(argument.choices),
                  "' -- \"$word\")); return;;\n");
    }
  };
  for (const Command& command : Commands()) add(command.arguments);
  add(GlobalArguments());
  return text;
}

std::string Bash() {
  std::string text =
      "# godwit: completion for bash, printed by `godwit completion bash`.\n"
      "_godwit() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
      "  local path= each\n"
      "  for each in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    [[ $each == -* ]] || path=\"$path $each\"\n"
      "  done\n"
      "  case $before in\n" +
      ChoiceCases() +
      "  esac\n"
      "  case \"$path \" in\n";
  for (const Command& command : Commands()) {
    text += Cat("    ' ", command.path, " '*) COMPREPLY=($(compgen -W '",
                Joined(OptionsOf(command)), "' -- \"$word\"));;\n");
  }
  for (const auto& [group, help] : Groups()) {
    text += Cat("    ' ", group, " '*) COMPREPLY=($(compgen -W '", Joined(WordsOf(group)),
                "' -- \"$word\"));;\n");
  }
  text += Cat("    *) COMPREPLY=($(compgen -W '", Joined(TopWords()), "' -- \"$word\"));;\n");
  return text + "  esac\n}\ncomplete -F _godwit godwit\n";
}

// zsh runs bash's by its own emulation: one description of the commands, not two.
std::string Zsh() {
  return "#compdef godwit\n"
         "# godwit: completion for zsh, printed by `godwit completion zsh`.\n"
         "autoload -U +X bashcompinit && bashcompinit\n" +
         Bash();
}

std::string FishQuoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "'";
}

std::string FishOption(const std::string& condition, const Argument& argument) {
  std::string line = "complete -c godwit";
  if (!condition.empty()) line += Cat(" -n ", FishQuoted(condition));
  for (const std::string& spelling : Spellings(argument)) {
    line += spelling.starts_with("--") ? Cat(" -l ", spelling.substr(2))
                                       : Cat(" -s ", spelling.substr(1));
  }
  if (!argument.placeholder.empty()) line += " -x";
  if (!argument.choices.empty()) line += Cat(" -a ", FishQuoted(Joined(argument.choices)));
  return Cat(line, " -d ", FishQuoted(argument.help), "\n");
}

std::string Fish() {
  std::string text =
      "# godwit: completion for fish, printed by `godwit completion fish`.\n"
      "complete -c godwit -f\n";
  for (const std::string& word : TopWords()) {
    std::string help = Groups().contains(word) ? Groups().at(word) : "";
    for (const Command& command : Commands()) {
      if (command.path == word) help = command.summary;
    }
    text += Cat("complete -c godwit -n __fish_use_subcommand -a ", word, " -d ", FishQuoted(help),
                "\n");
  }
  for (const Argument& argument : GlobalArguments()) text += FishOption("", argument);
  for (const Command& command : Commands()) {
    std::string condition = Cat("__fish_seen_subcommand_from ", FirstWord(command.path));
    if (const std::string second = SecondWord(command.path); !second.empty()) {
      text += Cat("complete -c godwit -n ",
                  FishQuoted(Cat(condition, "; and not __fish_seen_subcommand_from ",
                                 Joined(WordsOf(FirstWord(command.path))))),
                  " -a ", second, " -d ", FishQuoted(command.summary), "\n");
      condition += Cat("; and __fish_seen_subcommand_from ", second);
    }
    for (const Argument& argument : command.arguments) {
      if (!Spellings(argument).empty()) {
        text += FishOption(condition, argument);
      } else if (!argument.choices.empty()) {
        text += Cat("complete -c godwit -n ", FishQuoted(condition), " -a ",
                    FishQuoted(Joined(argument.choices)), "\n");
      }
    }
  }
  return text;
}

}  // namespace

Status Completion(const Session&, const Values& values) {
  const std::string shell = values.Text("shell");
  const std::string text = shell == "zsh" ? Zsh() : shell == "fish" ? Fish() : Bash();
  return std::fputs(text.c_str(), stdout) >= 0 ? absl::OkStatus() : OutputClosed();
}

}  // namespace godwit::cli
