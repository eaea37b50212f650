#include "agent/sampling/batcher.h"

#include <algorithm>

#include "agent/limits.h"
#include "base/check.h"
#include "codec/resolution.h"

namespace godwit::agent {
namespace {

absl::Duration WallOffset(const ClockReading& now) {
  return now.wall - absl::UnixEpoch() - now.boot;
}

}  // namespace

Batcher::GroupNumber Batcher::AddGroup(const Table& table, absl::Duration interval) {
  Group group{.encoded = EncodeTable(table), .columns = table.series.size(), .interval = interval};
  group.id = TableIdOf(table);
  for (const Series& series : table.series) group.resolutions.push_back(series.resolution);
  OpenBlock(group);
  groups_.push_back(std::move(group));
  return groups_.size() - 1;
}

void Batcher::OpenBlock(Group& group) {
  group.open = Block{.table = group.id, .interval_ns = absl::ToInt64Nanoseconds(group.interval)};
  group.open.columns.resize(group.columns);
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
  return !ClockMoved(now) && (ticks.empty() || ticks.back().time_unix_ns < TimeOf(tick));
}

bool Batcher::full() const {
  return raw_bytes_ >= kBatchSealBytes;
}

void Batcher::Add(GroupNumber number, const ScheduledTick& tick, const ClockReading& now,
                  const std::vector<Value>& values) {
  Group& group = groups_[number];
  GODWIT_CHECK(values.size() == group.columns);
  if (empty()) {
    wall_offset_ = WallOffset(now);
    wall_synchronised_ = now.wall_synchronised;
  }
  const absl::Duration lateness = std::max(now.boot - tick.due, absl::ZeroDuration());
  group.open.ticks.push_back(
      {.time_unix_ns = TimeOf(tick),
       .lateness_ms = static_cast<uint32_t>(absl::ToInt64Milliseconds(lateness))});
  for (size_t i = 0; i < values.size(); ++i) {
    const double resolution = group.resolutions[i];
    group.open.columns[i].Append(resolution > 0 ? RoundedTo(values[i], resolution) : values[i]);
  }
  ++ticks_;
  raw_bytes_ += sizeof(BlockTick) + values.size() * 9;
}

SealedBatch Batcher::Seal() {
  SealedBatch sealed;
  sealed.batch.boot_id = options_.boot_id;
  sealed.batch.wall_offset_ns = absl::ToInt64Nanoseconds(wall_offset_);
  sealed.batch.wall_synchronised = wall_synchronised_;
  for (Group& group : groups_) {
    if (group.open.ticks.empty()) continue;
    sealed.tables.emplace(group.id, group.encoded);
    sealed.batch.blocks.push_back(std::move(group.open));
    OpenBlock(group);
  }
  ticks_ = 0;
  raw_bytes_ = 0;
  return sealed;
}

}  // namespace godwit::agent
