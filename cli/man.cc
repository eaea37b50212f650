// The manual page, from the table of commands: man(7)'s macros.
#include <cstdio>
#include <string>
#include <vector>

#include "base/roff.h"
#include "base/text.h"
#include "cli/commands.h"

namespace godwit::cli {
namespace {

std::string Term(const Argument& argument) {
  std::string name = RoffText(argument.name);
  if (argument.name.front() != '-') return Cat("\\fI", RoffText(argument.placeholder), "\\fR");
  if (const size_t comma = name.find(','); comma != std::string::npos) {
    name = Cat(name.substr(0, comma), "\\fR, \\fB", name.substr(comma + 1));
  }
  return Cat("\\fB", name, "\\fR",
             argument.placeholder.empty() ? "" : Cat(" \\fI", argument.placeholder, "\\fR"));
}

std::string Explained(const std::vector<Argument>& arguments) {
  std::string text;
  for (const Argument& argument : arguments) {
    text += Cat(".TP\n", Term(argument), "\n", RoffText(argument.help));
    if (!argument.choices.empty()) {
      text += ": ";
      for (size_t i = 0; i < argument.choices.size(); ++i) {
        text += Cat(i == 0 ? "" : ", ", argument.choices[i]);
      }
    }
    text += ".\n";
  }
  return text;
}

std::string Synopsis(const Command& command) {
  std::string text = Cat("\\fBgodwit ", command.path, "\\fR");
  for (const Argument& argument : command.arguments) {
    const std::string term = Term(argument);
    text += argument.required ? Cat(" ", term) : Cat(" [", term, "]");
  }
  return text;
}

}  // namespace

Status Man(const Session&, const Values&) {
  std::string text =
      ".TH GODWIT 1 \"\" \"godwit " GODWIT_VERSION
      "\" \"Godwit\"\n"
      ".SH NAME\ngodwit \\- queries a Godwit collector, and controls devices through it\n"
      ".SH SYNOPSIS\n\\fBgodwit\\fR [\\fIOPTIONS\\fR] \\fICOMMAND\\fR\n"
      ".SH OPTIONS\n" +
      Explained(GlobalArguments()) + ".SH COMMANDS\n";
  for (const Command& command : Commands()) {
    text += Cat(".SS ", Synopsis(command), "\n", RoffText(command.summary), ".\n");
    if (!command.more.empty()) text += Cat(".PP\n", RoffText(command.more), "\n");
    text += Explained(command.arguments);
    text += ".PP\n.nf\n";
    for (const std::string& example : command.examples)
      text += Cat("    ", RoffText(example), "\n");
    text += ".fi\n";
  }
  text +=
      ".SH EXIT STATUS\n0: done. 1: failed. 64: wrong command line. 69: no collector answers. 77: "
      "not permitted.\n"
      ".SH ENVIRONMENT\n.TP\n\\fBGODWIT_COLLECTOR\\fR\nDefault of \\-\\-collector.\n"
      ".TP\n\\fBNO_COLOR\\fR\nTurns colours off, also on a terminal.\n"
      ".TP\n\\fBCOLUMNS\\fR\nWidth of the terminal.\n";
  return std::fputs(text.c_str(), stdout) >= 0 ? absl::OkStatus() : OutputClosed();
}

}  // namespace godwit::cli
