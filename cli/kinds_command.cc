// `godwit command kinds`: the table of commands, as this program knows it.
#include <cstdio>
#include <string>
#include <string_view>

#include "base/command_kinds.h"
#include "cli/commands.h"

namespace godwit::cli {
namespace {

std::string TargetName(CommandTarget target) {
  switch (target) {
    case CommandTarget::kAgent:
      return "agent";
    case CommandTarget::kSensor:
      return "sensor";
    case CommandTarget::kProgram:
      return "program";
  }
  return "";
}

Row RowOf(const CommandKind& kind) {
  const auto text = [](std::string_view view) { return std::string(view); };
  return {.fields = {{"kind", text(kind.name)},
                     {"arguments", text(kind.arguments)},
                     {"summary", text(kind.summary)},
                     {"details", text(kind.details)},
                     {"target", TargetName(kind.target)},
                     {"sent", kind.is_sent}},
          .cells = {text(kind.name), text(kind.arguments), text(kind.summary)}};
}

}  // namespace

Status CommandKinds(const Session& session, const Values&) {
  RowWriter writer(stdout, session.format, {.headings = {"KIND", "ARGUMENTS", "DOES"}},
                   session.terminal);
  bool ok = true;
  for (const CommandKind& kind : kCommandKinds) ok = ok && writer.Write(RowOf(kind));
  return writer.End() && ok ? absl::OkStatus() : OutputClosed();
}

}  // namespace godwit::cli
