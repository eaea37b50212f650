// Reads each sensor on its ticks and seals what they gave every batch.period.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/sampling/batcher.h"
#include "agent/sampling/options.h"
#include "agent/sampling/tick_schedule.h"
#include "codec/sensor.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::agent {

// A sensor, and how often it is read.
struct SampledSensor {
  std::string name;  // "type/name", for the log
  std::unique_ptr<Sensor> sensor;
  absl::Duration interval;
};

// Loop-confined.
class Sampler {
 public:
  // Called with each sealed batch; must not block.
  using Sink = std::function<void(SealedBatch)>;

  Sampler(const BatchOptions& options, std::vector<SampledSensor> sensors, const Clock& clock,
          Executor& loop, Sink sink);

  void Start();
  // Hands on what the open batch holds, before its time.
  void SealNow() { Seal(); }
  // Reads no more; hands on what the open batch holds.
  void Stop();

 private:
  struct Source {
    SampledSensor sampled;
    TickSchedule schedule;
    std::vector<Batcher::GroupNumber> groups;
    Readings readings;
    uint64_t failures = 0;          // in a row
    uint64_t missed_told = 0;       // of the schedule's missed ticks, those the log has named
    absl::Duration tell_missed_at;  // not before this time on the boot clock
    std::unique_ptr<Timer> timer;
  };

  ClockReading Now() const;
  void Arm(Source& source);
  void OnTimer(Source& source);
  void Read(Source& source, const ClockReading& now);
  void TellMissed(Source& source, const ClockReading& now);
  void LogOutcome(Source& source, const Status& status);
  void ArmSeal();
  void Seal();

  const BatchOptions options_;
  const Clock& clock_;
  Executor& loop_;
  Sink sink_;
  Batcher batcher_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::unique_ptr<Timer> seal_timer_;
};

}  // namespace godwit::agent
