#include "agent/device/live.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/device/part_options.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"

namespace godwit::agent {
namespace {

// How long values of a live view may wait for their upload.
constexpr absl::Duration kLiveUploads = absl::Seconds(2);

}  // namespace

StatusOr<std::string> Live::Begin(const std::string& sensor, absl::Duration interval,
                                  absl::Duration span) {
  if (deps_.trial.under_way()) {
    return Error(StatusCode::kFailedPrecondition, "a configuration is on trial; try again later");
  }
  End();
  const std::vector<SensorSettings>& sensors = deps_.applied.settings().sensors;
  const auto own = std::find_if(sensors.begin(), sensors.end(), [&](const SensorSettings& each) {
    return each.enabled && NameOf(each) == sensor;
  });
  if (own == sensors.end()) {
    return Error(StatusCode::kNotFound, Cat("no sensor '", sensor, "' is sampled"));
  }
  if (interval >= own->interval) {
    return Error(StatusCode::kInvalidArgument,
                 Cat(sensor, " is already read every ", DurationText(own->interval)));
  }
  SensorSettings faster = *own;
  faster.interval = interval;
  GODWIT_RETURN_IF_ERROR(deps_.applied.ReplaceSensor(faster));
  view_.emplace();
  view_->sensor = *own;
  view_->end = deps_.loop.PostAfter(span, [this] { End(); });
  Upload();
  LogInfo(Cat("live: ", sensor, " every ", DurationText(interval), " for ", DurationText(span)));
  return Cat(sensor, " is read every ", DurationText(interval), " for ", DurationText(span),
             ", and uploaded every ", DurationText(kLiveUploads));
}

// Without a session nobody watches: the batches and the back-off stay as they are.
void Live::Upload() {
  if (deps_.connection.HasSession()) deps_.flush();
  view_->upload = deps_.loop.PostAfter(kLiveUploads, [this] { Upload(); });
}

// Settings that change while it lasts end it: they have the sensor as it is then.
void Live::End() {
  if (!view_) return;
  const SensorSettings sensor = std::exchange(view_, std::nullopt)->sensor;
  const Status status = deps_.applied.ReplaceSensor(sensor);
  if (!status.ok()) return LogError(Cat("live: ", NameOf(sensor), ": ", Message(status)));
  LogInfo(
      Cat("live: ", NameOf(sensor), " is read every ", DurationText(sensor.interval), " again"));
}

}  // namespace godwit::agent
