#include "agent/sampling/batcher.h"

#include <algorithm>
#include <utility>

#include "agent/limits.h"
#include "base/check.h"
#include "base/text.h"
#include "codec/resolution.h"

namespace godwit::agent {
namespace {

absl::Duration WallOffset(const ClockReading& now) {
  return now.wall - absl::UnixEpoch() - now.boot;
}

}  // namespace

Batcher::Group Batcher::MakeGroup(const Table& table, absl::Duration interval) {
  Group group{.encoded = EncodeTable(table), .columns = table.series.size(), .interval = interval};
  group.id = TableIdOf(table);
  for (const Series& series : table.series) group.resolutions.push_back(series.resolution);
  OpenBlock(group);
  return group;
}

Batcher::GroupNumber Batcher::AddGroup(const Table& table, absl::Duration interval) {
  for (GroupNumber number = 0; number < groups_.size(); ++number) {
    if (!groups_[number].removed) continue;
    groups_[number] = MakeGroup(table, interval);
    return number;
  }
  groups_.push_back(MakeGroup(table, interval));
  return groups_.size() - 1;
}

void Batcher::ChangeGroup(GroupNumber number, const Table& table) {
  CloseBlock(groups_[number]);
  groups_[number] = MakeGroup(table, groups_[number].interval);
}

void Batcher::RemoveGroup(GroupNumber number) {
  CloseBlock(groups_[number]);
  groups_[number].removed = true;
}

void Batcher::OpenBlock(Group& group) {
  group.open = Block{.table = group.id, .interval_ns = absl::ToInt64Nanoseconds(group.interval)};
  group.open.columns.resize(group.columns);
}

void Batcher::CloseBlock(Group& group) {
  if (group.open.ticks.empty()) return;
  FillColumns(group);
  closed_.tables.emplace(group.id, group.encoded);
  closed_.batch.blocks.push_back(std::move(group.open));
  OpenBlock(group);
}

void Batcher::FillColumns(Group& group) {
  const size_t ticks = group.open.ticks.size();
  const size_t width = group.columns;
  for (size_t i = 0; i < width; ++i) {
    Column& column = group.open.columns[i];
    column.types.resize(ticks);
    column.bits.resize(ticks);
    for (size_t tick = 0; tick < ticks; ++tick) {
      column.types[tick] = group.rows.types[tick * width + i];
      column.bits[tick] = group.rows.bits[tick * width + i];
    }
  }
  group.rows.types.clear();
  group.rows.bits.clear();
}

bool Batcher::ClockMoved(const ClockReading& now) const {
  if (empty()) return false;
  return now.wall_synchronised != wall_synchronised_ ||
         absl::AbsDuration(WallOffset(now) - wall_offset_) >= kClockStepMin;
}

// While the wall clock is not synchronised, the batch's own offset gives its ticks their even
// distance: reading two clocks one after the other would put microseconds of noise between them.
int64_t Batcher::TimeOf(const ScheduledTick& tick) const {
  if (wall_synchronised_) return absl::ToUnixNanos(tick.time);
  return absl::ToInt64Nanoseconds(tick.due + wall_offset_);
}

bool Batcher::Accepts(GroupNumber group, const ScheduledTick& tick, const ClockReading& now) const {
  const auto& ticks = groups_[group].open.ticks;
  if (ClockMoved(now)) return false;
  if (ticks.empty()) return !closed_.tables.contains(groups_[group].id);
  return ticks.back().time_unix_ns < TimeOf(tick);
}

// Each open group may still add a block.
bool Batcher::full() const {
  return raw_bytes_ >= kBatchSealBytes ||
         closed_.batch.blocks.size() + groups_.size() >= kTablesPerRecordMax;
}

void Batcher::AppendValue(Group& group, size_t column, const Value& value) {
  const double resolution = group.resolutions[column];
  uint64_t word = 0;
  Column::Type type = Column::kNull;
  if (std::holds_alternative<std::string>(value)) {
    type = TakeState(group.open.columns[column], std::get<std::string>(value), word);
  } else {
    type = resolution > 0 ? Column::Pack(RoundedTo(value, resolution), word)
                          : Column::Pack(value, word);
  }
  group.rows.types.push_back(type);
  group.rows.bits.push_back(word);
}

Column::Type Batcher::TakeState(Column& column, const std::string& state, uint64_t& index) {
  const size_t before = column.states.size();
  const bool fits = state.size() <= kStateBytesMax && IsPlainUtf8(state) &&
                    before < kColumnStatesMax && states_ < kBatchStatesMax;
  if (!fits) return Column::kNull;
  index = column.IndexOf(state);
  if (column.states.size() > before) {
    ++states_;
    raw_bytes_ += state.size() + 2;
  }
  return Column::kState;
}

void Batcher::Add(GroupNumber number, const ScheduledTick& tick, const ClockReading& now,
                  const std::vector<Value>& values) {
  Group& group = groups_[number];
  GODWIT_CHECK(values.size() == group.columns);
  if (values.empty()) return;
  if (empty()) {
    wall_offset_ = WallOffset(now);
    wall_synchronised_ = now.wall_synchronised;
  }
  const absl::Duration lateness = std::max(now.boot - tick.due, absl::ZeroDuration());
  group.open.ticks.push_back(
      {.time_unix_ns = TimeOf(tick),
       .lateness_ms = static_cast<uint32_t>(absl::ToInt64Milliseconds(lateness))});
  for (size_t i = 0; i < values.size(); ++i) {
    AppendValue(group, i, values[i]);
  }
  ++ticks_;
  raw_bytes_ += sizeof(BlockTick) + values.size() * 9;
}

SealedBatch Batcher::Seal() {
  for (Group& group : groups_) CloseBlock(group);
  SealedBatch sealed = std::exchange(closed_, {});
  sealed.batch.boot_id = options_.boot_id;
  sealed.batch.wall_offset_ns = absl::ToInt64Nanoseconds(wall_offset_);
  sealed.batch.wall_synchronised = wall_synchronised_;
  ticks_ = 0;
  raw_bytes_ = 0;
  states_ = 0;
  return sealed;
}

}  // namespace godwit::agent
