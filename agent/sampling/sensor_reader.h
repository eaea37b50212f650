// Reads one sensor: on the loop or, if a reading may block, on a worker with a deadline. So a
// reading that hangs costs that sensor's samples and nothing else.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "agent/sampling/sampled_sensor.h"

namespace godwit::agent {

struct Reading {
  Status status;                             // kDeadlineExceeded: it timed out
  Readings values;                           // in the shape of the groups; empty if it timed out
  std::optional<std::vector<Table>> groups;  // the new groups, if they have changed
  uint64_t refused = 0;                      // Sensor::refused, a total
};

// The reader of one sensor. Loop-confined. May be destroyed during a reading, but not by `done`:
// the reading keeps the sensor alive until it ends, its result is dropped, and `done` is not
// called.
class SensorReader {
 public:
  // `loop` outlives the reader.
  SensorReader(SampledSensor sampled, Executor& loop);
  ~SensorReader();
  SensorReader(const SensorReader&) = delete;
  SensorReader& operator=(const SensorReader&) = delete;

  const SampledSensor& sampled() const { return sampled_; }
  // Returns whether a reading has timed out and has not ended yet. Then reading() is true, too.
  bool hangs() const { return reading_ && !waiting_; }
  // Returns whether a reading is under way.
  bool reading() const { return reading_; }

  // Reads the sensor. Calls `done` once: before it returns if the reading cannot block, else on the
  // loop when the reading has ended or timed out. Must not be called while reading().
  void Read(const Tick& tick, std::function<void(const Reading&)> done);

 private:
  // The worker's access to the loop, which ends with the reader.
  class Gate;
  // What only the reading thread uses: the sensor, and the groups that it last reported.
  struct Subject;

  void Ended(Reading reading);
  void TimeOut();
  Readings EmptyReadings();

  SampledSensor sampled_;
  Executor& loop_;
  std::shared_ptr<Gate> gate_;
  std::shared_ptr<Subject> subject_;
  std::vector<size_t> shape_;  // columns of each group, as the sensor has them
  Readings spare_;             // of the last reading: its memory serves the next
  bool reading_ = false;       // the worker has not ended it
  bool waiting_ = false;       // and it has not timed out
  std::function<void(const Reading&)> done_;
  std::unique_ptr<Timer> deadline_;
};

}  // namespace godwit::agent
