// What devices are asked to do.
#include <cstdio>
#include <map>
#include <string>
#include <string_view>

#include "absl/time/clock.h"
#include "base/command_kinds.h"
#include "base/packed_output.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/operator.h"
#include "cli/order_giver.h"
#include "cli/sample_rows.h"
#include "codec/zstd_frame.h"

namespace godwit::cli {
namespace {

// A command that does not end within a minute has failed, and says so itself.
constexpr absl::Duration kPatience = absl::Seconds(90);
// Of a frame, when it is unpacked: some times what an agent packs.
constexpr size_t kOutputBytesMax = size_t{4} << 20;
constexpr absl::Duration kFirstPollInterval = absl::Milliseconds(20);
constexpr absl::Duration kLaterPollInterval = absl::Milliseconds(250);

bool HasEnded(const v1::CommandInfo& command) {
  return command.ended_unix_ns() != 0;
}

Tone ToneOf(const v1::CommandInfo& command) {
  if (!HasEnded(command)) return Tone::kPlain;
  return command.state() == "done" ? Tone::kGood : Tone::kBad;
}

// For people. On the wire and in JSON the state of a command that has started is "begun", for ever.
std::string StateText(const v1::CommandInfo& command) {
  return command.state() == "begun" ? "started" : command.state();
}

std::map<std::string, std::string> ArgumentsOf(const v1::CommandInfo& command) {
  std::map<std::string, std::string> out;
  for (const v1::Setting& argument : command.arguments()) out[argument.name()] = argument.value();
  return out;
}

// Longer ones come as a zstd frame.
std::string OutputOf(const v1::CommandInfo& command) {
  if (!IsPackedOutput(command.output())) return command.output();
  std::string text;
  const Status status =
      ZstdDecompressor().Decompress(command.output(), kOutputBytesMax, "output", text);
  return status.ok() ? PlainLines(text) : Cat("(", Message(status), ")");
}

std::string FirstLine(const std::string& text) {
  const size_t end = text.find('\n');
  return end == std::string::npos || end + 1 == text.size() ? text.substr(0, end)
                                                            : text.substr(0, end) + " …";
}

Row RowOf(const v1::CommandInfo& command) {
  std::string what = command.kind();
  for (const auto& [name, value] : ArgumentsOf(command)) what += Cat(" ", name, "=", value);
  const std::string output = OutputOf(command);
  return {.fields = {{"id", Hex(command.command_id())},
                     {"device", command.device_id()},
                     {"kind", command.kind()},
                     {"arguments", ArgumentsOf(command)},
                     {"issuer", command.issuer()},
                     {"message", command.message()},
                     {"issued_unix_ns", command.issued_unix_ns()},
                     {"expires_unix_ns", command.expires_unix_ns()},
                     {"state", command.state()},
                     {"begun_unix_ns", command.started_unix_ns()},
                     {"ended_unix_ns", command.ended_unix_ns()},
                     {"output", output}},
          .cells = {Hex(command.command_id()).substr(0, 8), TimeText(command.issued_unix_ns()),
                    command.issuer(), what, StateText(command), FirstLine(output)},
          .tones = {Tone::kPlain, Tone::kPlain, Tone::kPlain, Tone::kPlain, ToneOf(command)}};
}

StatusOr<v1::SendCommandRequest> RequestOf(const Values& values) {
  v1::SendCommandRequest request;
  request.set_device(values.Text("device"));
  request.set_kind(values.Text("kind"));
  request.set_issuer(OperatorName());
  request.set_message(values.Text("message"));
  if (values.Has("life")) {
    GODWIT_ASSIGN_OR_RETURN(const absl::Duration life, ParseDuration(values.Text("life")));
    request.set_life_ms(absl::ToInt64Milliseconds(life));
  }
  const CommandKind* const kind = FindCommandKind(request.kind());
  const bool is_program = kind != nullptr && kind->target == CommandTarget::kProgram;
  for (const std::string& word : values.Many("arguments")) {
    v1::Setting& argument = *request.add_arguments();
    if (is_program) {  // its name, and the words behind it
      const int number = request.arguments_size() - 1;
      argument.set_name(number == 0 ? "program" : std::to_string(number));
      argument.set_value(word);
      continue;
    }
    GODWIT_ASSIGN_OR_RETURN(const auto pair, KeyValueOf(word));
    argument.set_name(pair.first);
    argument.set_value(pair.second);
  }
  return request;
}

// By the collector's clock: from its go to the result. The device read its own clock in between.
std::string RoundTrip(const v1::CommandInfo& command) {
  constexpr std::string_view kClock = "wall clock ";
  const std::string& output = command.output();
  const size_t begin = output.find(kClock);
  absl::Time wall;
  if (begin == std::string::npos) return "";
  const std::string text = output.substr(begin + kClock.size());
  if (!absl::ParseTime(absl::RFC3339_full, text.substr(0, text.find(' ')), &wall, nullptr))
    return "";
  const absl::Time started = absl::FromUnixNanos(command.started_unix_ns());
  const absl::Duration took = absl::FromUnixNanos(command.ended_unix_ns()) - started;
  const absl::Duration ahead = wall - (started + took / 2);
  const auto shown = [](absl::Duration span) {
    return DurationText(absl::Ceil(span, absl::Milliseconds(1)));
  };
  return Cat("round trip ", shown(took), ", its clock ",
             absl::AbsDuration(ahead) <= took ? "agrees with the collector's"
             : ahead > absl::ZeroDuration()   ? Cat(shown(ahead), " ahead of the collector's")
                                              : Cat(shown(-ahead), " behind the collector's"),
             "\n");
}

StatusOr<v1::CommandInfo> AwaitEnd(FleetClient& client, v1::CommandInfo command) {
  v1::GetCommandRequest request;
  request.set_command_id(command.command_id());
  const absl::Time asked = absl::Now();
  while (!HasEnded(command) && absl::Now() - asked < kPatience) {
    absl::SleepFor(absl::Now() - asked < absl::Seconds(1) ? kFirstPollInterval
                                                          : kLaterPollInterval);
    GODWIT_ASSIGN_OR_RETURN(v1::GetCommandResponse response, client.GetCommand(request));
    command = *response.mutable_command();
  }
  return command;
}

Status StatusOf(const v1::CommandInfo& command) {
  if (!HasEnded(command) || command.state() == "done") return absl::OkStatus();
  return Error(command.state() == "refused" ? StatusCode::kPermissionDenied : StatusCode::kAborted,
               Cat(command.kind(), ": ", command.state(), ": ", OutputOf(command)));
}

}  // namespace

Status CommandSend(const Session& session, const Values& values) {
  GODWIT_ASSIGN_OR_RETURN(const v1::SendCommandRequest request, RequestOf(values));
  GODWIT_ASSIGN_OR_RETURN(v1::SendCommandResponse sent, GiveCommand(*session.client, request));
  v1::CommandInfo command = sent.command();
  const bool wait = sent.device_connected() && !values.Has("no-wait");
  if (wait) {
    GODWIT_ASSIGN_OR_RETURN(command, AwaitEnd(*session.client, command));
  }
  if (session.format != Format::kTable) {
    RowWriter writer(stdout, session.format, {.single = true}, session.terminal);
    const bool ok = writer.Write(RowOf(command));
    if (!writer.End() || !ok) return OutputClosed();
    return StatusOf(command);
  }
  std::string text = OutputOf(command);
  if (!HasEnded(command)) {
    text = Cat("command ", Hex(command.command_id()), " is ", StateText(command),
               sent.device_connected() ? "" : ": the device is not connected", "; it expires at ",
               TimeText(command.expires_unix_ns()));
  }
  if (!text.empty() && text.back() != '\n') text += '\n';
  const CommandKind* const kind = FindCommandKind(command.kind());
  const bool reports_clock = kind != nullptr && kind->reports_clock;
  if (reports_clock && command.state() == "done") text += RoundTrip(command);
  const bool shown = command.state() == "done" || !HasEnded(command);
  text = CleanLines(text, std::string::npos);
  if (shown && std::fputs(text.c_str(), stdout) < 0) return OutputClosed();
  return StatusOf(command);
}

Status CommandLs(const Session& session, const Values& values) {
  v1::ListCommandsRequest request;
  request.set_device(values.Text("device"));
  GODWIT_ASSIGN_OR_RETURN(const v1::ListCommandsResponse response,
                          session.client->ListCommands(request));
  RowWriter writer(stdout, session.format,
                   {.headings = {"ID", "ISSUED", "BY", "COMMAND", "STATE", "OUTPUT"}},
                   session.terminal);
  bool ok = true;
  for (const v1::CommandInfo& command : response.commands())
    ok = ok && writer.Write(RowOf(command));
  return writer.End() && ok ? absl::OkStatus() : OutputClosed();
}

}  // namespace godwit::cli
