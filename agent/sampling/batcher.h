// Collects readings into the open batch. The sampler decides when it is sealed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/sampling/options.h"
#include "agent/sampling/tick_schedule.h"
#include "codec/batch.h"
#include "codec/resolution.h"
#include "codec/sensor.h"

namespace godwit::agent {

// A batch and the tables that its blocks use: everything that is needed to decode it.
struct SealedBatch {
  Batch batch;
  std::map<TableId, std::string> tables;  // encoded
};

// Holds the open batch. Loop-confined.
class Batcher {
 public:
  using GroupNumber = size_t;

  explicit Batcher(const BatchOptions& options) : options_(options) {}

  // Adds a group of series that are sampled together every `interval`.
  GroupNumber AddGroup(const Table& table, absl::Duration interval);
  // Sets the series of the group for its further ticks, at the same interval. Its values in the
  // open batch stay there, in a block of their own.
  void ChangeGroup(GroupNumber group, const Table& table);
  // Removes a group; AddGroup may return its number again. Its values in the open batch stay there.
  void RemoveGroup(GroupNumber group);

  // Returns false if the open batch must be sealed first, because
  //  - the wall clock has stepped against the boot clock by kClockStepMin or more, or has become
  //    synchronised or unsynchronised, since the batch was opened;
  //  - the tick is not later than the last tick of the group's table in the batch; or
  //  - its states may not fit (kColumnStatesMax, kBatchStatesMax).
  // A group whose series change, or change back, only starts another block of the same batch.
  bool Accepts(GroupNumber group, const ScheduledTick& tick, const ClockReading& now) const;
  // Adds one tick of one group, for which Accepts must have returned true, with as many values as
  // the group's table has series; without series it adds nothing. Values are rounded if their
  // series declares a resolution. Returns how many became null: states that are longer than
  // kStateBytesMax or not plain text.
  [[nodiscard]] size_t Add(GroupNumber group, const ScheduledTick& tick, const ClockReading& now,
                           const std::vector<Value>& values);

  bool empty() const { return ticks_ == 0; }
  // Returns whether the batch has so many bytes (kBatchSealBytes) or blocks that it must be sealed
  // before its period has passed.
  bool full() const;
  // Returns the open batch, and opens the next one.
  SealedBatch Seal();

 private:
  // The values of a block while it is open, row by row. So a tick writes to one place; with a
  // column for each series it would touch as many cold lines of memory.
  struct Rows {
    std::vector<uint8_t> types;
    std::vector<uint64_t> bits;
  };
  struct Group {
    TableId id;
    std::string encoded;
    size_t columns = 0;
    std::vector<Resolution> resolutions;
    absl::Duration interval;
    Block open;  // its columns have their states only
    Rows rows;
    size_t states_max = 0;  // of the open block's columns, the most that one has shown
    bool removed = false;
  };

  static Group MakeGroup(const Table& table, absl::Duration interval);
  static void OpenBlock(Group& group);
  void CloseBlock(Group& group);
  static void FillColumns(Group& group);
  bool HasRoomForStates(const Group& group) const;
  // Puts a value and its type into a place of the rows. Returns false for a state that does not fit
  // a batch, which becomes null.
  bool PutValue(Group& group, size_t column, const Value& value, uint8_t& type, uint64_t& word);
  bool TakeState(Group& group, size_t number, const std::string& state, uint64_t& index);
  bool ClockMoved(const ClockReading& now) const;
  int64_t TimeOf(const ScheduledTick& tick) const;

  const BatchOptions options_;
  std::vector<Group> groups_;
  SealedBatch closed_;  // blocks of groups that have changed since the batch was opened
  std::map<TableId, int64_t> closed_until_;  // the last tick of each table in them
  absl::Duration wall_offset_;  // of the open batch: wall clock since 1970 minus boot clock
  bool wall_synchronised_ = false;
  size_t ticks_ = 0;
  size_t raw_bytes_ = 0;
  size_t states_ = 0;  // distinct, in all columns
};

}  // namespace godwit::agent
