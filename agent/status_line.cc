#include "agent/status_line.h"

#include "base/counted.h"
#include "base/status.h"
#include "base/text.h"
#include "base/units.h"

namespace godwit::agent {
namespace {

std::string UplinkText(const StatusInput& input) {
  if (!input.session) return "no upload.endpoint is set: samples stay in the spool";
  switch (*input.session) {
    case SessionState::kOpen:
      return "connected";
    case SessionState::kBlocked:
    case SessionState::kProbing:
      return "connected, but the collector rejects every record";
    case SessionState::kIdle:
    case SessionState::kWaiting:
    case SessionState::kOpening:
      break;
  }
  if (input.failed_attempts == 0) return "connecting";
  return Cat("not connected (", Counted(input.failed_attempts, "failed attempt"), ")");
}

// The first that fares badly by its name, and how many there are.
std::string SensorsText(const std::vector<SensorHealth>& sensors) {
  const SensorHealth* first = nullptr;
  size_t bad = 0;
  for (const SensorHealth& sensor : sensors) {
    if (sensor.state != SensorState::kFailing && sensor.state != SensorState::kHanging) continue;
    if (bad++ == 0) first = &sensor;
  }
  std::string text = Counted(sensors.size(), "sensor");
  if (bad == 0) return text;
  text += Cat(", ", first->name, first->state == SensorState::kHanging ? " hangs" : " fails");
  if (bad > 1) text += Cat(" and ", bad - 1, " more");
  return text;
}

std::string SpoolText(const SpoolStats& spool) {
  std::string text = Cat("spool ", RoundSizeText(spool.bytes), " of ", RoundSizeText(spool.bound));
  if (spool.unsettled_records > 0) {
    text += Cat(", ", Counted(spool.unsettled_records, "record waits", "records wait"));
  }
  if (!spool.disk.ok()) text += Cat(", the disk takes no records: ", Message(spool.disk));
  return text;
}

}  // namespace

std::string StatusLine(const StatusInput& input) {
  return Cat(UplinkText(input), "; ", SensorsText(input.sensors), "; ", SpoolText(input.spool));
}

}  // namespace godwit::agent
