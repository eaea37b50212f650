// Reads the devices of one sensor so that a device that hangs, or is slow, costs only its own
// values.
//
// A lane is a thread that reads the devices one after another. While it makes no progress, another
// lane reads the rest. So a sensor whose devices are well has one lane, and one more for each
// device that does not answer. A device that is still being read is not asked again.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "agent/sensors/options.h"
#include "agent/sensors/source.h"

namespace godwit::agent {

// The most lanes of one sensor. When all of them hang, its other devices are not read, and the
// error says so.
inline constexpr size_t kLanesMax = 8;

// The reading of one device.
struct DeviceReading {
  // The value of each of its sources; none: the device did not answer.
  std::optional<std::vector<StatusOr<Value>>> values;
  bool asked = false;  // false: no lane was free to ask it
};

// The lanes of a sensor. Confined to the sensor.
class DeviceLanes {
 public:
  // `input` is also the clock. It must outlive readings that hang.
  DeviceLanes(LaneOptions options, SensorInput& input);
  // Does not wait for any device.
  ~DeviceLanes();
  DeviceLanes(const DeviceLanes&) = delete;
  DeviceLanes& operator=(const DeviceLanes&) = delete;

  // Returns a reading of each device when all have answered or `wait` is over. The next call
  // returns an answer that comes later, unless it is older than `age_max` by then.
  std::vector<DeviceReading> Read(const std::vector<std::shared_ptr<SourceDevice>>& devices);

 private:
  // The state that the lanes and the sensor share.
  struct Board;

  void AwaitAnswers();
  void StartLane();
  absl::Duration Now() const { return absl::Seconds(input_.SecondsSinceBoot()); }

  const LaneOptions options_;
  SensorInput& input_;
  const std::shared_ptr<Board> board_;
  std::vector<Lane> lanes_;
};

}  // namespace godwit::agent
