// A device's own log.
#include <cstdio>
#include <string>

#include "base/counted.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/sample_rows.h"

namespace godwit::cli {
namespace {

v1::LogLevel LevelNamed(const std::string& name) {
  if (name == "debug") return v1::LOG_LEVEL_DEBUG;
  if (name == "warning") return v1::LOG_LEVEL_WARNING;
  if (name == "error") return v1::LOG_LEVEL_ERROR;
  return v1::LOG_LEVEL_INFO;
}

const char* NameOf(v1::LogLevel level) {
  switch (level) {
    case v1::LOG_LEVEL_DEBUG:
      return "debug";
    case v1::LOG_LEVEL_WARNING:
      return "warning";
    case v1::LOG_LEVEL_ERROR:
      return "error";
    default:
      return "info";
  }
}

Row RowOf(const v1::LogLine& line) {
  const std::string level = NameOf(line.level());
  const bool is_bad = line.level() <= v1::LOG_LEVEL_WARNING;
  return {
      .fields = {{"time_unix_ns", line.time_unix_ns()}, {"level", level}, {"text", line.text()}},
      .cells = {TimeText(line.time_unix_ns()), level, line.text()},
      .tones = {Tone::kPlain, is_bad ? Tone::kBad : Tone::kPlain}};
}

}  // namespace

Status Logs(const Session& session, const Values& values) {
  v1::FollowLogRequest request;
  request.set_device(values.Text("device"));
  request.set_level(LevelNamed(values.Text("level")));
  const bool follow = values.Has("follow");
  RowWriter writer(stdout, session.format, {}, session.terminal);
  bool ok = true;
  const Status call = session.client->FollowLog(request, [&](const v1::FollowLogResponse& page) {
    for (const v1::LogLine& line : page.lines()) ok = ok && writer.Write(RowOf(line));
    if (page.dropped() > 0) {
      std::fprintf(stderr, "godwit: %s dropped\n",
                   Counted(page.dropped(), "line was", "lines were").c_str());
    }
    return (ok = ok && writer.Flush()) && follow;
  });
  if (!writer.End() || !ok) return OutputClosed();
  // Ctrl-C is how it ends.
  return absl::IsCancelled(call) ? absl::OkStatus() : call;
}

}  // namespace godwit::cli
