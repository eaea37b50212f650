// One sensor that is read more often for a time, by the command `live`, and uploads at once
// meanwhile. It ends by itself, whatever becomes of the link.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "agent/agent_parts.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"

namespace godwit::agent {
namespace {

// Whoever looks on has the values after so long.
constexpr absl::Duration kLiveUploads = absl::Seconds(2);

}  // namespace

StatusOr<std::string> Agent::Parts::BeginLive(const std::string& sensor, absl::Duration interval,
                                              absl::Duration span) {
  if (tried != nullptr) {
    return Error(StatusCode::kFailedPrecondition, "a configuration is on trial; try again later");
  }
  EndLive();
  const auto own = std::find_if(settings.sensors.begin(), settings.sensors.end(),
                                [&](const SensorSettings& each) {
                                  return each.enabled && Cat(each.type, "/", each.name) == sensor;
                                });
  if (own == settings.sensors.end()) {
    return Error(StatusCode::kNotFound, Cat("no sensor ", sensor, " is sampled"));
  }
  if (interval >= own->interval) {
    return Error(StatusCode::kInvalidArgument,
                 Cat(sensor, " is read every ", DurationText(own->interval), " already"));
  }
  SensorSettings faster = *own;
  faster.interval = interval;
  GODWIT_RETURN_IF_ERROR(ReplaceSensor(faster));
  live.emplace();
  live->sensor = *own;
  live->end = loop.PostAfter(span, [this] { EndLive(); });
  UploadLive();
  LogInfo(Cat("live: ", sensor, " every ", DurationText(interval), " for ", DurationText(span)));
  return Cat(sensor, " is read every ", DurationText(interval), " for ", DurationText(span),
             ", and uploaded every ", DurationText(kLiveUploads));
}

// Without a session nobody looks on: the batches and the back-off stay as they are.
void Agent::Parts::UploadLive() {
  if (HasSession()) Flush();
  live->upload = loop.PostAfter(kLiveUploads, [this] { UploadLive(); });
}

// Settings that change while it lasts end it: they have the sensor as it is then.
void Agent::Parts::EndLive() {
  if (!live) return;
  const SensorSettings sensor = std::exchange(live, std::nullopt)->sensor;
  const Status status = ReplaceSensor(sensor);
  const std::string name = Cat(sensor.type, "/", sensor.name);
  if (!status.ok()) return LogError(Cat("live: ", name, ": ", Message(status)));
  LogInfo(Cat("live: ", name, " is read every ", DurationText(sensor.interval), " again"));
}

Status Agent::Parts::ReplaceSensor(const SensorSettings& sensor) {
  GODWIT_ASSIGN_OR_RETURN(auto made, MakeSensors({sensor}, World()));
  sampler->Replace({Cat(sensor.type, "/", sensor.name)}, std::move(made));
  return absl::OkStatus();
}

}  // namespace godwit::agent
