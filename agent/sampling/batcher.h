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
  // From here on the group has these series. What it has in the open batch stays there.
  void ChangeGroup(GroupNumber group, const Table& table);
  // No tick comes any more; the number may be given again.
  void RemoveGroup(GroupNumber group);

  // False when the open batch must be sealed first: its clocks have moved against each other since
  // it was opened, the tick would not come after the group's last one, or the group's table is in
  // it already (it was changed, and changed back).
  bool Accepts(GroupNumber group, const ScheduledTick& tick, const ClockReading& now) const;
  // One tick of one group that the batch accepts, as many values as its table has series. They are
  // rounded where their series declares a resolution; a state that no batch can hold becomes null.
  void Add(GroupNumber group, const ScheduledTick& tick, const ClockReading& now,
           const std::vector<Value>& values);

  bool empty() const { return ticks_ == 0; }
  // Large enough to be sealed before its time.
  bool full() const;
  // Takes the open batch and opens the next.
  SealedBatch Seal();

 private:
  // The values of a block while it is open, row by row: a tick writes to one place, where a column
  // each would have it touch as many cold lines of memory as there are series.
  struct Rows {
    std::vector<uint8_t> types;
    std::vector<uint64_t> bits;
  };
  struct Group {
    TableId id;
    std::string encoded;
    size_t columns = 0;
    std::vector<double> resolutions;
    absl::Duration interval;
    Block open;  // its columns have their states only
    Rows rows;
    bool removed = false;
  };

  static Group MakeGroup(const Table& table, absl::Duration interval);
  static void OpenBlock(Group& group);
  void CloseBlock(Group& group);
  static void FillColumns(Group& group);
  // In the next place of the rows.
  void AppendValue(Group& group, size_t column, const Value& value);
  // kNull for one that no batch can hold.
  Column::Type TakeState(Column& column, const std::string& state, uint64_t& index);
  bool ClockMoved(const ClockReading& now) const;
  int64_t TimeOf(const ScheduledTick& tick) const;

  const BatchOptions options_;
  std::vector<Group> groups_;
  SealedBatch closed_;          // blocks of groups that have changed since the batch was opened
  absl::Duration wall_offset_;  // of the open batch: wall clock since 1970 minus boot clock
  bool wall_synchronised_ = false;
  size_t ticks_ = 0;
  size_t raw_bytes_ = 0;
  size_t states_ = 0;  // distinct, in all columns
};

}  // namespace godwit::agent
