// Reads one sensor: on the loop, or, where a reading may block, on a worker with a deadline, so
// that one that hangs costs its own samples and nothing else.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "agent/sampling/sampled_sensor.h"

namespace godwit::agent {

struct Reading {
  Status status;    // kDeadlineExceeded: given up
  Readings values;  // in the shape of the groups; empty when it was given up
  std::optional<std::vector<Table>> groups;  // if they are not what they were
  uint64_t refused = 0;                      // values so far that were not taken
};

// Loop-confined.
class SensorReader {
 public:
  // `loop` outlives the reader; the sensor's worker need not.
  SensorReader(SampledSensor sampled, Executor& loop);
  ~SensorReader();
  SensorReader(const SensorReader&) = delete;
  SensorReader& operator=(const SensorReader&) = delete;

  const SampledSensor& sampled() const { return sampled_; }
  // A reading has been given up and has not ended yet: Read would have to wait for it.
  bool hangs() const { return reading_ && !waiting_; }
  // A reading is under way.
  bool reading() const { return reading_; }

  // Calls `done` once: before it returns when the reading cannot block; else on the loop, when the
  // reading has ended or its time is over. Not while reading().
  void Read(const Tick& tick, std::function<void(const Reading&)> done);

 private:
  // What the worker knows of the loop: nothing any more when the reader is gone.
  class Gate;
  // What only the thread of the reading touches: the sensor and what it last said of its groups.
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
  bool waiting_ = false;       // and it is not given up
  std::function<void(const Reading&)> done_;
  std::unique_ptr<Timer> deadline_;
};

}  // namespace godwit::agent
