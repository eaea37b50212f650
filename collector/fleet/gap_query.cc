#include "collector/fleet/gap_query.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "collector/limits.h"
#include "collector/store/boot_clock.h"

namespace godwit::collector {

GapQuery::GapQuery(StoreReader& reader, const DeviceName& device,
                   std::optional<int64_t> silent_at_unix_ns)
    : reader_(reader),
      device_(device.key),
      silent_at_unix_ns_(silent_at_unix_ns),
      tables_(reader),
      shared_([&reader](const TableId& id) { return reader.Table(id); }) {}

StatusOr<std::optional<v1::ListGapsResponse>> GapQuery::NextPage(const Turn& turn) {
  if (!std::exchange(loaded_, true)) GODWIT_RETURN_IF_ERROR(LoadRuns());
  while (page_.ticks_size() + page_.records_size() < static_cast<int>(kGapsPerPage) && !at_end_ &&
         !turn.over()) {
    if (next_ == records_.size()) {
      next_ = 0;
      GODWIT_ASSIGN_OR_RETURN(records_, reader_.Spans(device_, cursor_, kSpansPerRead));
      if (records_.empty()) {
        at_end_ = true;
        if (silent_at_unix_ns_) GODWIT_RETURN_IF_ERROR(AddSilence(*silent_at_unix_ns_));
        break;
      }
      cursor_ = records_.back().cursor;
    }
    GODWIT_RETURN_IF_ERROR(Walk(records_[next_++]));
  }
  if (page_.ticks_size() + page_.records_size() == 0) return std::nullopt;
  return TakePage();
}

v1::ListGapsResponse GapQuery::TakePage() {
  v1::ListGapsResponse page;
  auto move = [room = static_cast<int>(kGapsPerPage)](auto& from, auto& to) mutable {
    const int count = std::min(room, from.size());
    for (int i = 0; i < count; ++i) *to.Add() = std::move(from[i]);
    from.DeleteSubrange(0, count);
    room -= count;
  };
  move(*page_.mutable_records(), *page.mutable_records());
  move(*page_.mutable_ticks(), *page.mutable_ticks());
  return page;
}

Status GapQuery::AddSilence(int64_t now_unix_ns) {
  if (run_ == nullptr) return absl::OkStatus();
  const Place& place = ends_[run_->id];
  int64_t newest = std::numeric_limits<int64_t>::min();
  for (const auto& [table, tick] : place.ticks) newest = std::max(newest, tick.unix_ns);
  for (const auto& [table, tick] : place.ticks) {
    const bool went_on = SubtractSaturated(newest, tick.unix_ns) < 2 * tick.interval_ns;
    if (!went_on || !place.chains.IsLast(table)) continue;
    const bool known = tick.quality != TimeQuality::kUnknown;
    const uint64_t missing =
        known ? TicksBetween(SubtractSaturated(now_unix_ns, tick.unix_ns), tick.interval_ns) : 0;
    if (known && missing == 0) continue;
    GODWIT_ASSIGN_OR_RETURN(v1::TickGap* const gap, AddGap(table, tick.unix_ns, now_unix_ns));
    gap->set_ticks(missing);
    gap->set_estimated(known);
    gap->set_reason("not arrived");
  }
  return absl::OkStatus();
}

Status GapQuery::LoadRuns() {
  GODWIT_ASSIGN_OR_RETURN(auto runs, reader_.Runs(device_));
  for (RunRow& run : runs) {
    for (const ExplainedGap& gap : run.gaps) {
      v1::RecordGap& missing = *page_.add_records();
      missing.set_run_id(run.id);
      missing.set_first_seq(gap.seqs.first);
      missing.set_last_seq(gap.seqs.last);
      missing.set_reason(gap.reason);
    }
    keys_[run.id] = run.key;
    runs_[run.key] = std::move(run);
  }
  return absl::OkStatus();
}

Status GapQuery::Walk(const StoredSpans& record) {
  const auto found = runs_.find(record.cursor.run_key);
  if (found == runs_.end()) return absl::OkStatus();  // it began after the query did
  const RunRow& run = found->second;
  if (run_ != &run) EnterRun(run);
  std::vector<const BlockSpan*> blocks;
  for (const BlockSpan& block : record.blocks) blocks.push_back(&block);
  std::stable_sort(blocks.begin(), blocks.end(), [](const BlockSpan* a, const BlockSpan* b) {
    return std::tie(a->first_unix_ns, a->table) < std::tie(b->first_unix_ns, b->table);
  });
  for (const BlockSpan* block : blocks) GODWIT_RETURN_IF_ERROR(AddBlock(run, record, *block));
  walked_[run.id].Add(SeqRange{record.first_seq, record.cursor.seq});
  return absl::OkStatus();
}

// A run continues where the nearest earlier run with records ended.
void GapQuery::EnterRun(const RunRow& run) {
  run_ = &run;
  RunId before = run.follows;
  // A chain has no more links than there are runs.
  for (size_t steps = 0; before != 0 && steps < runs_.size(); ++steps) {
    if (const auto end = ends_.find(before); end != ends_.end()) {
      ends_[run.id] = end->second;
      return;
    }
    const auto key = keys_.find(before);
    before = key == keys_.end() ? 0 : runs_.at(key->second).follows;
  }
}

Status GapQuery::AddBlock(const RunRow& run, const StoredSpans& record, const BlockSpan& block) {
  const int64_t offset = record.clock.wall_offset_ns;
  const int64_t first_boot_ns = SubtractSaturated(block.first_unix_ns, offset);
  const int64_t first_unix_ns = AddSaturated(block.first_unix_ns, record.shift_ns);
  Place& place = ends_[run.id];
  const auto ended_before = [&](const TableId& other) {
    const LastTick& tick = place.ticks.at(other);
    return tick.boot_id != record.clock.boot_id || tick.boot_ns < first_boot_ns;
  };
  if (const auto last = place.chains.Continue(block.table, ended_before, shared_)) {
    GODWIT_RETURN_IF_ERROR(AddBetween(place.ticks.at(*last), run, record, block));
  }
  const int64_t last_unix_ns = AddSaturated(block.last_unix_ns, record.shift_ns);
  if (block.missing > 0) {
    GODWIT_ASSIGN_OR_RETURN(v1::TickGap* const gap,
                            AddGap(block.table, first_unix_ns, last_unix_ns));
    gap->set_ticks(block.missing);
    gap->set_reason("missed");
  }
  place.ticks[block.table] = {.run = run.id,
                              .seq = record.cursor.seq,
                              .boot_ns = SubtractSaturated(block.last_unix_ns, offset),
                              .unix_ns = last_unix_ns,
                              .interval_ns = block.interval_ns,
                              .boot_id = record.clock.boot_id,
                              .quality = record.quality};
  return absl::OkStatus();
}

Status GapQuery::AddBetween(const LastTick& tick, const RunRow& run, const StoredSpans& record,
                            const BlockSpan& block) {
  const int64_t first_unix_ns = AddSaturated(block.first_unix_ns, record.shift_ns);
  const bool one_boot = tick.boot_id == record.clock.boot_id;
  const bool known = one_boot || (tick.quality != TimeQuality::kUnknown &&
                                  record.quality != TimeQuality::kUnknown);
  const int64_t first_boot_ns = SubtractSaturated(block.first_unix_ns, record.clock.wall_offset_ns);
  const int64_t distance = one_boot ? SubtractSaturated(first_boot_ns, tick.boot_ns)
                                    : SubtractSaturated(first_unix_ns, tick.unix_ns);
  const uint64_t missing =
      known ? TicksBetween(distance, std::max(tick.interval_ns, block.interval_ns)) : 0;
  if (known && missing == 0) return absl::OkStatus();
  GODWIT_ASSIGN_OR_RETURN(v1::TickGap* const gap, AddGap(block.table, tick.unix_ns, first_unix_ns));
  gap->set_ticks(missing);
  gap->set_estimated(
      known && !one_boot &&
      (tick.quality == TimeQuality::kEstimated || record.quality == TimeQuality::kEstimated));
  gap->set_reason(ReasonBetween(tick, run, record.first_seq));
  return absl::OkStatus();
}

StatusOr<v1::TickGap*> GapQuery::AddGap(const TableId& table, int64_t after_unix_ns,
                                        int64_t before_unix_ns) {
  GODWIT_ASSIGN_OR_RETURN(std::string group, GroupName(table));
  v1::TickGap& gap = *page_.add_ticks();
  gap.set_group(std::move(group));
  gap.set_table_id(table);
  gap.set_after_unix_ns(after_unix_ns);
  gap.set_before_unix_ns(before_unix_ns);
  return &gap;
}

std::string GapQuery::ReasonBetween(const LastTick& last, const RunRow& run, Seq seq) const {
  if (last.run == run.id) return ReasonOf(run, {last.seq + 1, seq - 1});
  // Lost records on either side of the restart say more than the restart does.
  const RunRow& before = runs_.at(keys_.at(last.run));
  for (const ExplainedGap& gap : before.gaps) {
    if (gap.seqs.last > last.seq) return gap.reason;
  }
  if (seq > 1) {
    const std::string reason = ReasonOf(run, {1, seq - 1});
    if (reason != "missed") return reason;
  }
  return before.unclean_end ? "cut off" : "stopped";
}

std::string GapQuery::ReasonOf(const RunRow& run, SeqRange seqs) const {
  if (seqs.first > seqs.last) return "missed";
  for (const ExplainedGap& gap : run.gaps) {
    if (gap.seqs.first <= seqs.last && gap.seqs.last >= seqs.first) return gap.reason;
  }
  const auto walked = walked_.find(run.id);
  return walked != walked_.end() && walked->second.Contains(seqs) ? "missed" : "not arrived";
}

StatusOr<std::string> GapQuery::GroupName(const TableId& id) {
  GODWIT_ASSIGN_OR_RETURN(const Table* const table, tables_.Find(id));
  if (table->series.empty()) return std::string("(no series)");
  const size_t more = table->series.size() - 1;
  const std::string first = SeriesText(table->series.front());
  return more == 0 ? first : Cat(first, " and ", more, " more");
}

}  // namespace godwit::collector
