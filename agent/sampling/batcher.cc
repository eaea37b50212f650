#include "agent/sampling/batcher.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "agent/limits.h"
#include "base/check.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

absl::Duration WallOffset(const ClockReading& now) {
  return now.wall - absl::UnixEpoch() - now.boot;
}

}  // namespace

Batcher::Group Batcher::MakeGroup(const Table& table, absl::Duration interval) {
  Group group{.encoded = EncodeTable(table), .columns = table.series.size(), .interval = interval};
  group.id = TableIdOf(table);
  for (const Series& series : table.series) group.resolutions.emplace_back(series.resolution);
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
  group.states_max = 0;
}

void Batcher::CloseBlock(Group& group) {
  if (group.open.ticks.empty()) return;
  FillColumns(group);
  closed_.tables.emplace(group.id, group.encoded);
  closed_until_[group.id] = group.open.ticks.back().time_unix_ns;
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

// A tick brings each column at most one state that it has not shown yet.
bool Batcher::HasRoomForStates(const Group& group) const {
  return group.states_max < kColumnStatesMax && states_ + group.columns <= kBatchStatesMax;
}

bool Batcher::Accepts(GroupNumber group, const ScheduledTick& tick, const ClockReading& now) const {
  if (ClockMoved(now) || !HasRoomForStates(groups_[group])) return false;
  const auto& ticks = groups_[group].open.ticks;
  if (!ticks.empty()) return ticks.back().time_unix_ns < TimeOf(tick);
  const auto closed = closed_until_.find(groups_[group].id);
  return closed == closed_until_.end() || closed->second < TimeOf(tick);
}

// Each open group may still add a block.
bool Batcher::full() const {
  return raw_bytes_ >= kBatchSealBytes ||
         closed_.batch.blocks.size() + groups_.size() >= kTablesPerRecordMax;
}

bool Batcher::PutValue(Group& group, size_t column, const Value& value, uint8_t& type,
                       uint64_t& word) {
  if (const auto* const state = std::get_if<std::string>(&value)) {
    if (!TakeState(group, column, *state, word)) return false;
    type = Column::kState;
    return true;
  }
  type = Column::Pack(value, word);
  const Resolution& resolution = group.resolutions[column];
  if (type == Column::kDouble) {
    word = std::bit_cast<uint64_t>(resolution.Rounded(std::bit_cast<double>(word)));
  } else if (type == Column::kInt) {
    word = static_cast<uint64_t>(resolution.Rounded(static_cast<int64_t>(word)));
  }
  return true;
}

bool Batcher::TakeState(Group& group, size_t number, const std::string& state, uint64_t& index) {
  Column& column = group.open.columns[number];
  // Most states were shown before, and were checked then.
  const auto found = std::find(column.states.begin(), column.states.end(), state);
  index = static_cast<uint64_t>(found - column.states.begin());
  if (found != column.states.end()) return true;
  if (state.size() > kStateBytesMax || !IsPlainUtf8(state)) {
    index = 0;
    return false;
  }
  column.states.push_back(state);
  ++states_;
  raw_bytes_ += state.size() + 2;
  group.states_max = std::max(group.states_max, column.states.size());
  return true;
}

size_t Batcher::Add(GroupNumber number, const ScheduledTick& tick, const ClockReading& now,
                    const std::vector<Value>& values) {
  Group& group = groups_[number];
  // Sampler::Add cuts a reading to what the group has.
  GODWIT_CHECK(values.size() == group.columns);
  if (values.empty()) return 0;
  if (empty()) {
    wall_offset_ = WallOffset(now);
    wall_synchronised_ = now.wall_synchronised;
  }
  const absl::Duration lateness = std::max(now.boot - tick.due, absl::ZeroDuration());
  group.open.ticks.push_back(
      {.time_unix_ns = TimeOf(tick),
       .lateness_ms = static_cast<uint32_t>(absl::ToInt64Milliseconds(lateness))});
  const size_t row = group.rows.types.size();
  group.rows.types.resize(row + values.size());  // kNull
  group.rows.bits.resize(row + values.size());
  size_t refused = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    uint8_t& type = group.rows.types[row + i];
    if (!PutValue(group, i, values[i], type, group.rows.bits[row + i])) ++refused;
  }
  ++ticks_;
  raw_bytes_ += sizeof(BlockTick) + values.size() * 9;
  return refused;
}

SealedBatch Batcher::Seal() {
  for (Group& group : groups_) CloseBlock(group);
  SealedBatch sealed = std::exchange(closed_, {});
  closed_until_.clear();
  sealed.batch.boot_id = options_.boot_id;
  sealed.batch.wall_offset_ns = absl::ToInt64Nanoseconds(wall_offset_);
  sealed.batch.wall_synchronised = wall_synchronised_;
  ticks_ = 0;
  raw_bytes_ = 0;
  states_ = 0;
  return sealed;
}

}  // namespace godwit::agent
