// A sensor with what the sampler needs to read it, and its health.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "base/sensor_counters.h"
#include "codec/sensor.h"
#include "platform/executor.h"

namespace godwit::agent {

struct SampledSensor {
  std::string name;  // "type/name", for people
  // The sensor, shared with its worker: a reading that hangs may outlast everything else.
  std::shared_ptr<Sensor> sensor;
  absl::Duration interval;
  // Runs a task on a thread that belongs to this sensor alone, if it can block; it may block for
  // ever. Null: the sensor is always read on the loop, as are readings that cannot block
  // (Sensor::MayBlock).
  std::function<void(Executor::Task)> worker;
  absl::Duration timeout = absl::Seconds(5);  // of one reading; of sensors with a worker
};

enum class SensorState {
  kWaiting,  // for its first tick
  kGood,
  kFailing,  // the last reading had an error
  kHanging,  // a reading has not ended within the timeout
};
std::string_view SensorStateName(SensorState state);

// The health of one sensor since the agent's start.
struct SensorHealth : SensorCounters {
  std::string name;
  SensorState state = SensorState::kWaiting;
  std::string error;     // of the last reading that had one
  uint64_t waiting = 0;  // series now that wait until their new layout has its turn
};

}  // namespace godwit::agent
