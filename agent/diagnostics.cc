#include "agent/diagnostics.h"

#include <algorithm>
#include <string>

#include "absl/time/time.h"
#include "agent/limits.h"
#include "agent/uplink/session_state.h"
#include "base/counted.h"
#include "base/text.h"
#include "base/units.h"

namespace godwit::agent {
namespace {

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

const char* LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
    case LogLevel::kOff:
      return "error";
  }
  return "error";
}

std::string AgentText(const DiagnosticsInput& input) {
  const Identity& identity = input.identity;
  std::string text =
      Cat("agent\n  version ", identity.agent_version, "\n  device ", identity.device_id, " (",
          identity.device_name, ")\n  run ", Hex(input.run), ", boot ", Hex(identity.boot_id),
          "\n  wall clock ", TimeText(input.clock.Wall()),
          input.clock.WallSynchronised() ? " (synchronised" : " (not synchronised",
          "; source: ", NameOf(input.clock.WallSource()), ")", "\n  machine up for ",
          absl::FormatDuration(absl::Trunc(input.clock.Boot(), absl::Seconds(1))), "\n  resident ",
          SizeText(input.resident_bytes), "\n  configuration ", input.configuration, "\n");
  for (const auto& [key, value] : identity.labels) text += Cat("  label ", key, "=", value, "\n");
  if (input.dropped_refusals > 0) {
    text += Cat("  refusals of commands that wait to be reported: ", input.dropped_refusals, "\n");
  }
  return text;
}

std::string SpoolText(const SpoolStats& spool) {
  return Cat("spool\n  records ", spool.records, ", unsettled ", spool.unsettled_records, ", lost ",
             spool.lost_records, ", in quarantine ", spool.quarantined_copies, "\n  on disk ",
             SizeText(spool.bytes), " of ", SizeText(spool.bound), ", in memory ",
             SizeText(spool.bytes_in_memory), ", damaged ", SizeText(spool.damaged_bytes),
             "\n  appended ", SizeText(spool.appended_bytes), " since the start\n  disk ",
             DiskText(spool), "\n");
}

std::string UploadText(const Uploader* uploader) {
  if (uploader == nullptr) return "upload\n  no endpoint is set\n";
  const UploadCounters& sent = uploader->counters();
  return Cat("upload\n  session ", NameOf(uploader->state()),
             "\n  since the start: ", Counted(sent.sessions, "session"), ", ",
             Counted(sent.streams, "stream"), ", ", Counted(sent.records, "record"), ", ",
             SizeText(sent.bytes), "; ", sent.rejected, " rejected, ",
             Counted(sent.conflicts, "conflict"), ", ", Counted(sent.failures, "failed attempt"),
             ", ", Counted(sent.answers_refused, "answer"), " refused, ",
             Counted(sent.hints_cut, "retry hint"), " cut to ", DurationText(kRetryHintMax), "\n");
}

std::string SensorText(const SensorReport& sensor) {
  std::string text = Cat("  ", sensor.name, ": ", sensor.state);
  for (const SensorCounter& counter : kSensorCounters) {
    std::string name(counter.name);
    std::replace(name.begin(), name.end(), '_', ' ');
    text += Cat(", ", name, " ", sensor.*counter.member);
  }
  return Cat(text, sensor.error.empty() ? "" : Cat("\n    ", sensor.error), "\n");
}

}  // namespace

std::string DiagnosticsText(const DiagnosticsInput& input) {
  std::string text =
      Cat(AgentText(input), SpoolText(input.spool), UploadText(input.uploader), "sensors\n");
  for (const SensorReport& sensor : input.sensors) text += SensorText(sensor);
  // The newest last: it stands at the end of a terminal.
  text += "settings\n";
  for (const EffectiveSetting& setting : input.identity.settings) {
    text += Cat("  ", setting.name, " = ", setting.value, "  (", setting.origin, ")\n");
  }
  text += Cat("log\n  lines dropped since the start ", DroppedLogLines(), "\n");
  for (const LogLine& line : input.log) {
    text += Cat("  ", TimeText(absl::FromUnixNanos(line.time_unix_ns)), " ", LevelName(line.level),
                ": ", line.text, "\n");
  }
  return text;
}

}  // namespace godwit::agent
