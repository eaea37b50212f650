#include "collector/fleet/gap_query.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "collector/limits.h"
#include "collector/store/boot_clock.h"

namespace godwit::collector {

GapQuery::GapQuery(StoreReader& reader, const DeviceName& device)
    : reader_(reader), device_(device.key), tables_(reader) {}

StatusOr<std::optional<v1::ListGapsResponse>> GapQuery::NextPage() {
  if (!std::exchange(loaded_, true)) GODWIT_RETURN_IF_ERROR(LoadRuns());
  while (page_.ticks_size() + page_.records_size() < static_cast<int>(kGapsPerPage)) {
    GODWIT_ASSIGN_OR_RETURN(const auto records, reader_.Spans(device_, cursor_, kSpansPerRead));
    if (records.empty()) break;
    for (const StoredSpans& record : records) GODWIT_RETURN_IF_ERROR(Walk(record));
    cursor_ = records.back().cursor;
  }
  if (page_.ticks_size() + page_.records_size() == 0) return std::nullopt;
  return std::exchange(page_, {});
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
  for (const BlockSpan& block : record.blocks) {
    GODWIT_RETURN_IF_ERROR(AddBlock(run, record, block));
  }
  walked_[run.id].Add(SeqRange{record.first_seq, record.cursor.seq});
  return absl::OkStatus();
}

// A run goes on where the nearest one before it that has records ended.
void GapQuery::EnterRun(const RunRow& run) {
  run_ = &run;
  RunId before = run.follows;
  // A chain has no more links than there are runs.
  for (size_t steps = 0; before != 0 && steps < runs_.size(); ++steps) {
    if (const auto ticks = last_ticks_.find(before); ticks != last_ticks_.end()) {
      last_ticks_[run.id] = ticks->second;
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
  LastTicks& ticks = last_ticks_[run.id];
  if (const auto last = ticks.find(block.table); last != ticks.end()) {
    const LastTick& tick = last->second;
    const bool one_boot = tick.boot_id == record.clock.boot_id;
    const bool known = one_boot || (tick.quality != TimeQuality::kUnknown &&
                                    record.quality != TimeQuality::kUnknown);
    const int64_t distance = one_boot ? SubtractSaturated(first_boot_ns, tick.boot_ns)
                                      : SubtractSaturated(first_unix_ns, tick.unix_ns);
    const uint64_t missing =
        known ? TicksBetween(distance, std::max(tick.interval_ns, block.interval_ns)) : 0;
    if (missing > 0 || !known) {
      v1::TickGap& gap = *page_.add_ticks();
      GODWIT_ASSIGN_OR_RETURN(*gap.mutable_group(), GroupName(block.table));
      gap.set_table_id(block.table);
      gap.set_after_unix_ns(tick.unix_ns);
      gap.set_before_unix_ns(first_unix_ns);
      gap.set_ticks(missing);
      gap.set_estimated(
          known && !one_boot &&
          (tick.quality == TimeQuality::kEstimated || record.quality == TimeQuality::kEstimated));
      gap.set_reason(ReasonBetween(tick, run, record.first_seq));
    }
  }
  const int64_t last_unix_ns = AddSaturated(block.last_unix_ns, record.shift_ns);
  if (block.missing > 0) {
    v1::TickGap& gap = *page_.add_ticks();
    GODWIT_ASSIGN_OR_RETURN(*gap.mutable_group(), GroupName(block.table));
    gap.set_table_id(block.table);
    gap.set_after_unix_ns(first_unix_ns);
    gap.set_before_unix_ns(last_unix_ns);
    gap.set_ticks(block.missing);
    gap.set_reason("missed");
  }
  ticks[block.table] = {.run = run.id,
                        .seq = record.cursor.seq,
                        .boot_ns = SubtractSaturated(block.last_unix_ns, offset),
                        .unix_ns = last_unix_ns,
                        .interval_ns = block.interval_ns,
                        .boot_id = record.clock.boot_id,
                        .quality = record.quality};
  return absl::OkStatus();
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
