#include "collector/store/merged_record.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "base/text.h"
#include "codec/batch_codec.h"
#include "codec/limits.h"
#include "collector/limits.h"
#include "collector/store/boot_clock.h"

namespace godwit::collector {
namespace {

constexpr int64_t kMillisecondNs = 1'000'000;
constexpr int64_t kHourNs = 3'600'000'000'000;

bool HasEachTableOnce(const MergeCandidate& record) {
  std::set<TableId> tables;
  for (const BlockSpan& block : record.blocks) {
    if (block.ticks == 0 || !tables.insert(block.table).second) return false;
  }
  return !record.blocks.empty();
}

// The last block of each table, and how many values there are in all.
struct Tail {
  std::map<TableId, BlockSpan> tables;
  uint64_t values = 0;
  std::map<TableId, uint64_t> ticks;

  void Add(const MergeCandidate& record) {
    for (const BlockSpan& block : record.blocks) {
      tables[block.table] = block;
      ticks[block.table] += block.ticks;
      values += uint64_t{block.ticks} * block.columns;
    }
  }
  // Whether the block's ticks go on where its table's left off.
  bool GoesOn(const BlockSpan& block) const {
    const auto found = tables.find(block.table);
    if (found == tables.end()) return true;
    const BlockSpan& last = found->second;
    return block.interval_ns == last.interval_ns && block.first_unix_ns > last.last_unix_ns &&
           TicksBetween(SubtractSaturated(block.first_unix_ns, last.last_unix_ns),
                        block.interval_ns) == 0 &&
           ticks.at(block.table) + block.ticks <= kBlockTicksMax;
  }
};

// By how much the wall clock may have been adjusted from the first to the last: ticks are counted
// by the clock of the first, and half an interval would be one too many or too few. And a
// correction of the first corrects the others.
bool ClockHolds(const MergeCandidate& first, const MergeCandidate& next) {
  if (next.final_times != first.final_times || next.shift_ns != first.shift_ns) return false;
  const int64_t drift = SubtractSaturated(next.wall_offset_ns, first.wall_offset_ns);
  if (!first.final_times && (drift > kMillisecondNs || drift < -kMillisecondNs)) return false;
  return std::all_of(next.blocks.begin(), next.blocks.end(), [&](const BlockSpan& block) {
    return drift <= block.interval_ns / 4 && drift >= -block.interval_ns / 4;
  });
}

uint32_t SliceColumns(uint32_t ticks) {
  return std::max<uint32_t>(static_cast<uint32_t>(kSliceValues / std::max<uint32_t>(ticks, 1)), 1);
}

void Append(Block& to, Block&& from) {
  if (to.ticks.empty()) {
    to = std::move(from);
    return;
  }
  to.ticks.insert(to.ticks.end(), from.ticks.begin(), from.ticks.end());
  for (size_t i = 0; i < to.columns.size(); ++i) {
    Column& column = to.columns[i];
    Column& more = from.columns[i];
    if (more.states.empty()) {
      column.types.insert(column.types.end(), more.types.begin(), more.types.end());
      column.bits.insert(column.bits.end(), more.bits.begin(), more.bits.end());
    } else {  // each column numbers its states by itself
      for (size_t tick = 0; tick < more.types.size(); ++tick) column.Append(more.At(tick));
    }
  }
}

}  // namespace

int64_t MergeHour(int64_t first_unix_ns) {
  const int64_t hour = first_unix_ns / kHourNs;
  return first_unix_ns < hour * kHourNs ? hour - 1 : hour;
}

Status AppendSlices(int64_t record, const TableId& table, int64_t columns, int64_t first_slice,
                    int64_t width, std::vector<StoredSlice>& slices) {
  const bool possible = columns >= 0 && columns <= static_cast<int64_t>(kTableSeriesMax) &&
                        width > 0 && first_slice >= 0 && first_slice < kSlicesPerRecordMax &&
                        record < std::numeric_limits<int64_t>::max() / kSlicesPerRecordMax;
  if (!possible) {
    return Error(StatusCode::kDataLoss, Cat("store: record ", record, ": its slices are invalid"));
  }
  int64_t key = SliceKey(record, static_cast<uint64_t>(first_slice));
  for (int64_t first = 0; first < columns; first += width) {
    slices.push_back({.key = key++,
                      .table = table,
                      .first_column = static_cast<uint32_t>(first),
                      .columns = static_cast<uint32_t>(std::min(width, columns - first))});
  }
  return absl::OkStatus();
}

size_t MergeableFrom(const std::vector<MergeCandidate>& candidates, size_t first) {
  const MergeCandidate& head = candidates[first];
  if (!HasEachTableOnce(head)) return 1;
  Tail tail;
  tail.Add(head);
  size_t end = first + 1;
  for (; end < candidates.size() && end - first < kMergeRecordsMax; ++end) {
    const MergeCandidate& next = candidates[end];
    uint64_t values = tail.values;
    for (const BlockSpan& block : next.blocks) values += uint64_t{block.ticks} * block.columns;
    const bool fits = next.seq == candidates[end - 1].seq + 1 && next.boot_id == head.boot_id &&
                      MergeHour(next.first_unix_ns) == MergeHour(head.first_unix_ns) &&
                      values <= kMergeValuesMax && HasEachTableOnce(next) &&
                      ClockHolds(head, next) &&
                      std::all_of(next.blocks.begin(), next.blocks.end(),
                                  [&](const BlockSpan& block) { return tail.GoesOn(block); });
    if (!fits) break;
    tail.Add(next);
  }
  return end - first;
}

bool IsWorthSlicing(const MergeCandidate& record) {
  return HasEachTableOnce(record) &&
         std::any_of(record.blocks.begin(), record.blocks.end(), [](const BlockSpan& block) {
           return uint64_t{block.ticks} * block.columns > 2 * kSliceValues;
         });
}

StatusOr<MergedRecord> Merge(std::vector<MergeCandidate> members, std::vector<Batch> batches) {
  std::map<TableId, Block> blocks;
  std::map<TableId, uint64_t> missing;
  for (size_t i = 0; i < batches.size(); ++i) {
    for (const BlockSpan& span : members[i].blocks) {
      missing[span.table] = SumSaturated(missing[span.table], span.missing);
    }
    for (Block& block : batches[i].blocks) {
      Block& joined = blocks[block.table];
      if (!joined.ticks.empty() && joined.columns.size() != block.columns.size()) {
        return Error(StatusCode::kDataLoss, "store: blocks of one table differ in their columns");
      }
      Append(joined, std::move(block));
    }
  }
  MergedRecord merged;
  for (auto& [table, block] : blocks) {
    const auto columns = static_cast<uint32_t>(block.columns.size());
    const auto ticks = static_cast<uint32_t>(block.ticks.size());
    MergedBlock& out = merged.blocks.emplace_back();
    out.span = {.table = table,
                .columns = columns,
                .ticks = ticks,
                .interval_ns = block.interval_ns,
                .first_unix_ns = block.ticks.front().time_unix_ns,
                .last_unix_ns = block.ticks.back().time_unix_ns,
                .missing = missing[table]};
    out.first_slice = merged.slices.size();
    out.slice_columns = SliceColumns(ticks);
    for (size_t first = 0; first < columns; first += out.slice_columns) {
      Batch slice{
          .boot_id = members.front().boot_id,
          .wall_offset_ns = members.front().wall_offset_ns,
          .wall_synchronised = members.front().final_times,
          .blocks = {{.table = table, .interval_ns = block.interval_ns, .ticks = block.ticks}}};
      const size_t end = std::min<size_t>(first + out.slice_columns, columns);
      for (size_t i = first; i < end; ++i) {
        slice.blocks[0].columns.push_back(std::move(block.columns[i]));
      }
      GODWIT_ASSIGN_OR_RETURN(auto bytes, EncodeBatch(slice));
      merged.slices.push_back(std::move(bytes));
    }
  }
  if (merged.slices.size() > static_cast<size_t>(kSlicesPerRecordMax)) {
    return Error(StatusCode::kResourceExhausted, "store: a merged record has too many slices");
  }
  merged.members = std::move(members);
  return merged;
}

}  // namespace godwit::collector
