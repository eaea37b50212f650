// Reads each sensor on its ticks, and seals the samples into a batch every batch.period.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/sampling/batcher.h"
#include "agent/sampling/group_layout.h"
#include "agent/sampling/layout_pacer.h"
#include "agent/sampling/options.h"
#include "agent/sampling/sensor_reader.h"
#include "agent/sampling/series_register.h"
#include "agent/sampling/tick_schedule.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::agent {

// Loop-confined.
class Sampler {
 public:
  // Handles a sealed batch; must not block.
  using Sink = std::function<void(SealedBatch)>;

  Sampler(const BatchOptions& options, std::vector<SampledSensor> sensors, const Clock& clock,
          Executor& loop, Sink sink);

  void Start();
  // Reads each sensor once, now. To be called instead of Start.
  void ReadNow();
  // Reads one sensor now and keeps nothing of it; if a reading is under way, waits for that one.
  // `done` is called before this returns, or when the reading has ended or timed out, or when the
  // sensor is removed. kNotFound: there is no such sensor; kUnavailable: a reading that timed out
  // has not ended.
  struct CheckResult {
    Status status;
    absl::Duration took;
    std::vector<Table> groups;
    Readings values;
  };
  [[nodiscard]] Status CheckSensor(const std::string& name, std::function<void(CheckResult)> done);
  // Returns whether a reading is under way that has not timed out.
  bool reading() const;
  // Seals the open batch now, before its time.
  void SealNow() { Seal(); }
  // Stops reading, and seals the open batch.
  void Stop();

  // Replaces sensors while it runs: removes those named in `gone` and adds those of `come`. All
  // others miss no tick.
  void Replace(const std::vector<std::string>& gone, std::vector<SampledSensor> come);
  // Sets the period from the next seal on.
  void SetBatchPeriod(const BatchOptions& options);

  // Returns the health of each sensor, in the order of the settings.
  std::vector<SensorHealth> Health() const;

 private:
  struct Group {
    Batcher::GroupNumber number = 0;
    uint32_t every = 1;  // Sensor::every
    GroupLayout layout;
    TableId wanted;                    // the id of the layout that waits
    std::optional<uint64_t> last_due;  // the number of its last tick
  };
  struct Source {
    std::unique_ptr<SensorReader> reader;
    TickSchedule schedule;
    SeriesRegister::Owner owner = 0;
    std::vector<Group> groups;
    SensorHealth health;
    uint64_t series_refused = 0;  // beyond a limit, or another sensor's
    uint64_t states_refused = 0;  // that no batch can hold
    std::string problem;          // with its series, as last logged
    uint64_t failures_in_row = 0;
    bool logged_failing = false;
    uint64_t missed_logged = 0;  // of the schedule's missed ticks, those the log has named
    // The earliest times of the next log lines, on the boot clock.
    absl::Duration log_missed_at;
    absl::Duration log_failing_at;
    absl::Duration log_waiting_at;
    absl::Duration started;  // the last reading
    std::vector<std::function<void(CheckResult)>> waiting_checks;
  };

  ClockReading Now() const;
  void AddSource(SampledSensor sampled);
  void RemoveSource(const std::string& name);
  void SetGroups(Source& source, const std::vector<Table>& tables);
  void TakeLayout(Group& group);
  void TakeWaitingLayouts(Source& source);
  static void CountSeries(Source& source);
  void LogWaiting(Source& source);
  void ArmTicks();
  void TakeDueTicks();
  void TakeDueTick(Source& source);
  void Read(Source& source, const ScheduledTick& tick, const ClockReading& now);
  // Records the groups' last ticks.
  static Tick DueAt(Source& source, const ScheduledTick& tick);
  void Take(Source& source, const ScheduledTick& tick, const Tick& read, const ClockReading& now,
            const Reading& reading);
  // Adds a row, and returns how many of the values do not fit a batch.
  size_t Add(Group& group, const ScheduledTick& tick, const ClockReading& now,
             const std::vector<Value>* values);
  void Show(Source& source, const Reading& reading);
  void Note(Source& source, const Status& status);
  void LogMissed(Source& source, const ClockReading& now);
  void LogOutcome(Source& source, const Status& status);
  void ArmSeal();
  void Seal();

  BatchOptions options_;
  const Clock& clock_;
  Executor& loop_;
  Sink sink_;
  Batcher batcher_;
  LayoutPacer pacer_;
  SeriesRegister register_;
  SeriesRegister::Owner next_owner_ = 1;
  std::vector<std::unique_ptr<Source>> sources_;
  // Until the first tick of any sensor: those that are due together cost one wake-up of the loop.
  std::unique_ptr<Timer> tick_timer_;
  std::unique_ptr<Timer> seal_timer_;
  bool running_ = false;
};

}  // namespace godwit::agent
