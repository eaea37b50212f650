// Collects readings into the open batch. The sampler decides when it is sealed.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "agent/sampling/options.h"
#include "agent/sampling/tick_schedule.h"
#include "codec/batch.h"
#include "codec/sensor.h"

namespace godwit::agent {

// A batch and the tables its blocks use: all that is needed to decode it.
struct SealedBatch {
  Batch batch;
  std::map<TableId, std::string> tables;  // encoded
};

// Loop-confined.
class Batcher {
 public:
  using GroupNumber = size_t;

  explicit Batcher(const BatchOptions& options) : options_(options) {}

  GroupNumber AddGroup(const Table& table, absl::Duration interval);

  // False when the open batch must be sealed first: its clocks have moved against each other since
  // it was opened, or the tick would not come after the group's last one.
  bool Accepts(GroupNumber group, const ScheduledTick& tick, const ClockReading& now) const;
  // One tick of one group that the batch accepts, as many values as its table has series. They are
  // rounded where their series declares a resolution.
  void Add(GroupNumber group, const ScheduledTick& tick, const ClockReading& now,
           const std::vector<Value>& values);

  bool empty() const { return ticks_ == 0; }
  // Large enough to be sealed before its time.
  bool full() const;
  // Takes the open batch and opens the next.
  SealedBatch Seal();

 private:
  struct Group {
    TableId id;
    std::string encoded;
    size_t columns = 0;
    std::vector<double> resolutions;
    absl::Duration interval;
    Block open;
  };

  void OpenBlock(Group& group);
  bool ClockMoved(const ClockReading& now) const;
  int64_t TimeOf(const ScheduledTick& tick) const;

  const BatchOptions options_;
  std::vector<Group> groups_;
  absl::Duration wall_offset_;  // of the open batch: wall clock since 1970 minus boot clock
  bool wall_synchronised_ = false;
  size_t ticks_ = 0;
  size_t raw_bytes_ = 0;
};

}  // namespace godwit::agent
