// The rules of commands that both stores follow.
#include "collector/store/command.h"

namespace godwit::collector {

std::string_view CommandStateName(CommandState state) {
  switch (state) {
    case CommandState::kWaiting:
      return "waiting";
    case CommandState::kStarted:
      return "begun";
    case CommandState::kDone:
      return "done";
    case CommandState::kFailed:
      return "failed";
    case CommandState::kRefused:
      return "refused";
    case CommandState::kExpired:
      return "expired";
    case CommandState::kOutcomeUnknown:
      return "outcome unknown";
  }
  return "unknown";
}

bool IsSameOrder(const NewCommand& one, const NewCommand& other) {
  return one.device_id == other.device_id && one.kind == other.kind &&
         one.arguments == other.arguments;
}

namespace {

void EndUnknown(int64_t now_unix_ns, CommandRow& row) {
  row.state = CommandState::kOutcomeUnknown;
  row.output = "an earlier start of the agent started it and has not reported how it ended";
  row.ended_unix_ns = now_unix_ns;
}

CommandAnswer MayStart(const CommandReport& report, int64_t now_unix_ns, CommandRow& row) {
  if (HasEnded(row.state)) return {.reason = "it has already ended"};
  if (row.state == CommandState::kStarted) {
    if (row.start_id == report.start_id) return {.go = true};
    // The start that had the go has not reported the end. It may be another machine, or this one
    // before it lost power. So the outcome is unknown, and the command never starts again.
    EndUnknown(now_unix_ns, row);
    return {.reason = row.output};
  }
  if (now_unix_ns >= row.command.expires_unix_ns) {
    row.state = CommandState::kExpired;
    row.ended_unix_ns = now_unix_ns;
    return {.reason = "it has expired"};
  }
  row.state = CommandState::kStarted;
  row.start_id = report.start_id;
  row.started_unix_ns = now_unix_ns;
  return {.go = true};
}

}  // namespace

CommandAnswer Judge(const CommandReport& report, int64_t now_unix_ns, CommandRow& row) {
  if (!report.ended) return MayStart(report, now_unix_ns, row);
  const CommandState ended = *report.ended;
  const bool is_known_now = row.state == CommandState::kOutcomeUnknown &&
                            (ended == CommandState::kDone || ended == CommandState::kFailed);
  // A copy of the card refuses what its original has started: that says nothing of how it ends.
  const bool did_not_start = ended == CommandState::kRefused || ended == CommandState::kExpired;
  const bool started_elsewhere =
      row.state == CommandState::kStarted && row.start_id != report.start_id && did_not_start;
  if (started_elsewhere && now_unix_ns >= row.command.expires_unix_ns) {
    // Nobody who knows better has come in all that time, and this device has forgotten it.
    EndUnknown(now_unix_ns, row);
    return {};
  }
  if (!is_known_now && (HasEnded(row.state) || started_elsewhere)) return {};
  row.state = ended;
  row.output = report.output;
  row.ended_unix_ns = now_unix_ns;
  return {};
}

}  // namespace godwit::collector
