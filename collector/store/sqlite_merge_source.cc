#include "collector/store/sqlite_merge_source.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>
#include <utility>

#include "base/checksum.h"
#include "base/log.h"
#include "base/text.h"
#include "codec/batch_codec.h"
#include "collector/limits.h"
#include "collector/store/boot_clock.h"
#include "collector/store/sqlite_heads.h"

namespace godwit::collector {

// In front of all.
constexpr SqliteMergeSource::Waiting SqliteMergeSource::kNone{
    .since_unix_ns = std::numeric_limits<int64_t>::min()};

StatusOr<std::unique_ptr<SqliteMergeSource>> SqliteMergeSource::Open(
    const std::string& file, std::shared_ptr<StoreHealth> health) {
  GODWIT_ASSIGN_OR_RETURN(auto database,
                          Database::Open(file, Database::Mode::kQueryOnly, std::move(health)));
  return std::unique_ptr<SqliteMergeSource>(new SqliteMergeSource(std::move(database)));
}

StatusOr<std::optional<MergeStep>> SqliteMergeSource::Next(int64_t before_unix_ns,
                                                           int64_t now_unix_ns) {
  GODWIT_ASSIGN_OR_RETURN(const auto waiting, Longest(before_unix_ns, kNone));
  if (!waiting) return std::optional<MergeStep>();
  GODWIT_ASSIGN_OR_RETURN(auto step, StepOf(*waiting, before_unix_ns, now_unix_ns));
  return std::optional<MergeStep>(std::move(step));
}

StatusOr<std::vector<MergeStep>> SqliteMergeSource::NextGroup(int64_t before_unix_ns,
                                                              int64_t now_unix_ns) {
  std::vector<MergeStep> steps;
  std::set<int64_t> taken;  // keys of their records
  size_t bytes = 0;
  Waiting after = kNone;
  while (steps.size() < kMergeStepsMax && bytes < kMergeGroupBytes) {
    GODWIT_ASSIGN_OR_RETURN(const auto waiting, Longest(before_unix_ns, after));
    if (!waiting) break;
    after = *waiting;
    if (taken.contains(waiting->key)) continue;
    auto step = StepOf(*waiting, before_unix_ns, now_unix_ns);
    // What was found goes first; then this one is found again.
    if (!step.ok() && !steps.empty()) break;
    GODWIT_RETURN_IF_ERROR(step.status());
    const bool is_new = std::none_of(step->records.begin(), step->records.end(),
                                     [&](int64_t key) { return taken.contains(key); });
    if (!is_new) break;
    taken.insert(step->records.begin(), step->records.end());
    for (const std::string& slice : step->merged.slices) bytes += slice.size();
    steps.push_back(*std::move(step));
  }
  return steps;
}

StatusOr<MergeStep> SqliteMergeSource::StepOf(const Waiting& waiting, int64_t before_unix_ns,
                                              int64_t now_unix_ns) {
  MergeStep step{.device = waiting.device, .records = {waiting.key}};
  // The newest of a table stays as it came: it is read for its latest values.
  GODWIT_ASSIGN_OR_RETURN(const bool is_head, IsHead(waiting.key));
  if (is_head) {
    step.what = MergeStep::What::kWait;
    step.since_unix_ns = now_unix_ns;
    return step;
  }
  GODWIT_ASSIGN_OR_RETURN(Neighbours around, Around(waiting));
  if (!HasBoot(around.records.front())) {
    step.what = MergeStep::What::kLeave;
    return step;
  }
  std::vector<MergeCandidate> candidates;
  for (const Neighbour& neighbour : around.records) candidates.push_back(neighbour.record);
  size_t first = 0;
  size_t count = MergeableFrom(candidates, first);
  while (first + count <= around.picked) {
    first += count;
    count = MergeableFrom(candidates, first);
  }
  step.records.clear();
  for (size_t i = first; i < first + count; ++i) {
    step.records.push_back(candidates[i].key);
    step.since_unix_ns = std::max(step.since_unix_ns, around.records[i].since_unix_ns);
  }
  if (step.since_unix_ns > before_unix_ns) {  // some are newer: all wait for them
    step.what = MergeStep::What::kWait;
    return step;
  }
  if (count == 1 && !IsWorthSlicing(candidates[first])) {
    step.what = MergeStep::What::kLeave;
    return step;
  }
  std::vector<Batch> batches;
  for (size_t i = first; i < first + count; ++i) {
    GODWIT_ASSIGN_OR_RETURN(auto batch, LoadBatch(around.records[i]));
    if (!batch) {  // the others go round it
      step.what = MergeStep::What::kLeave;
      step.records = {candidates[i].key};
      return step;
    }
    batches.push_back(*std::move(batch));
  }
  auto merged = Merge({candidates.begin() + static_cast<ptrdiff_t>(first),
                       candidates.begin() + static_cast<ptrdiff_t>(first + count)},
                      std::move(batches));
  if (!merged.ok()) {
    LogWarning(Message(Annotate(merged.status(), "store: records stay unmerged")));
    step.what = MergeStep::What::kLeave;
    return step;
  }
  step.merged = *std::move(merged);
  return step;
}

StatusOr<std::optional<SqliteMergeSource::Waiting>> SqliteMergeSource::Longest(
    int64_t before_unix_ns, const Waiting& after) {
  Statement find = database_->Prepare(
      "SELECT key, device, run, seq, waits_since_unix_ns FROM record"
      " WHERE waits_since_unix_ns <= ? AND (waits_since_unix_ns, key) > (?, ?)"
      " ORDER BY waits_since_unix_ns, key LIMIT 1");
  find.Bind(before_unix_ns).Bind(after.since_unix_ns).Bind(after.key);
  GODWIT_ASSIGN_OR_RETURN(const bool row, find.Step());
  if (!row) return std::optional<Waiting>();
  return std::optional<Waiting>(
      {find.Integer(0), find.Integer(1), find.Integer(2), find.Unsigned(3), find.Integer(4)});
}

StatusOr<SqliteMergeSource::Neighbours> SqliteMergeSource::Around(const Waiting& waiting) {
  Neighbours around;
  GODWIT_ASSIGN_OR_RETURN(auto picked, Load(waiting.run, waiting.seq));
  if (!picked) return Error(StatusCode::kAborted, "store: a record was deleted in the meantime");
  if (!HasBoot(*picked)) {
    LogWarning(Cat("store: record ", picked->record.key,
                   " stays unmerged: its boot has no id; see:", " godwit-collector store verify"));
    around.records.push_back(*std::move(picked));
    return around;
  }
  const int64_t hour = MergeHour(picked->record.first_unix_ns);
  around.records.push_back(*std::move(picked));
  const auto belongs = [&](const std::optional<Neighbour>& neighbour) {
    return neighbour && HasBoot(*neighbour) && MergeHour(neighbour->record.first_unix_ns) == hour &&
           around.records.size() < kMergeRecordsMax;
  };
  for (Seq seq = waiting.seq - 1; seq > 0; --seq) {
    GODWIT_ASSIGN_OR_RETURN(auto before, Load(waiting.run, seq));
    if (!belongs(before)) break;
    around.records.push_back(*std::move(before));
  }
  std::reverse(around.records.begin(), around.records.end());
  around.picked = around.records.size() - 1;
  for (Seq seq = waiting.seq + 1;; ++seq) {
    GODWIT_ASSIGN_OR_RETURN(auto next, Load(waiting.run, seq));
    if (!belongs(next)) break;
    around.records.push_back(*std::move(next));
  }
  return around;
}

// One that waits and is no head, without its bytes.
StatusOr<std::optional<SqliteMergeSource::Neighbour>> SqliteMergeSource::Load(int64_t run,
                                                                              Seq seq) {
  Neighbour found;
  {
    Statement find = database_->Prepare(
        "SELECT record.key, checksum, first_unix_ns, last_unix_ns, age_unix_ns, wall_offset_ns,"
        " shift_ns, boot_id, waits_since_unix_ns, synchronised = 1 OR (offset_ns IS NOT NULL AND"
        " uncertainty_ns = 0) FROM record LEFT JOIN boot ON boot.key = record.boot"
        " WHERE run = ? AND seq = ? AND waits_since_unix_ns IS NOT NULL AND repaired_to IS NULL"
        " AND NOT " GODWIT_IS_HEAD);
    GODWIT_ASSIGN_OR_RETURN(const bool row, find.Bind(run).Bind(seq).Step());
    if (!row) return std::optional<Neighbour>();
    found.since_unix_ns = find.Integer(8);
    const int64_t shift = find.Integer(6);
    const bool final_times = find.Integer(9) != 0;
    found.moved_ns = final_times ? shift : 0;
    found.record = {.key = find.Integer(0),
                    .seq = seq,
                    .checksum = find.Unsigned(1),
                    .first_unix_ns = find.Integer(2),
                    .last_unix_ns = find.Integer(3),
                    .age_unix_ns = find.Integer(4),
                    .final_times = final_times,
                    .wall_offset_ns = AddSaturated(find.Integer(5), found.moved_ns),
                    .shift_ns = final_times ? 0 : shift,
                    .boot_id = find.Bytes(7)};
  }
  GODWIT_RETURN_IF_ERROR(LoadBlocks(found));
  return std::optional<Neighbour>(std::move(found));
}

Status SqliteMergeSource::LoadBlocks(Neighbour& neighbour) {
  Statement rows = database_->Prepare(
      "SELECT table_id, columns, ticks, interval_ns, first_unix_ns, last_unix_ns, missing"
      " FROM block WHERE record = ? ORDER BY number");
  rows.Bind(neighbour.record.key);
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return absl::OkStatus();
    neighbour.record.blocks.push_back(
        {.table = rows.Bytes(0),
         .columns = static_cast<uint32_t>(rows.Integer(1)),
         .ticks = static_cast<uint32_t>(rows.Integer(2)),
         .interval_ns = rows.Integer(3),
         .first_unix_ns = AddSaturated(rows.Integer(4), neighbour.moved_ns),
         .last_unix_ns = AddSaturated(rows.Integer(5), neighbour.moved_ns),
         .missing = rows.Unsigned(6)});
  }
}

StatusOr<bool> SqliteMergeSource::IsHead(int64_t record) {
  Statement find = database_->Prepare("SELECT 1 FROM record WHERE key = ? AND " GODWIT_IS_HEAD);
  return find.Bind(record).Step();
}

// Its times those of its blocks; nothing when it is not as it came, or cannot be read.
StatusOr<std::optional<Batch>> SqliteMergeSource::LoadBatch(const Neighbour& neighbour) {
  std::string bytes;
  {
    Statement find = database_->Prepare("SELECT batch FROM record WHERE key = ?");
    GODWIT_ASSIGN_OR_RETURN(const bool row, find.Bind(neighbour.record.key).Step());
    if (!row) return Error(StatusCode::kAborted, "store: a record was deleted in the meantime");
    bytes = find.Bytes(0);
  }
  if (Checksum(bytes) != neighbour.record.checksum) {
    LogWarning(Cat("store: record ", neighbour.record.key,
                   " stays unmerged: its bytes have changed; see: godwit-collector store verify"));
    return std::optional<Batch>();
  }
  auto batch = DecodeBatch(bytes);
  if (!batch.ok()) {
    LogWarning(Message(Annotate(batch.status(), "store: a record stays unmerged")));
    return std::optional<Batch>();
  }
  for (Block& block : batch->blocks) {
    for (BlockTick& tick : block.ticks) {
      tick.time_unix_ns = AddSaturated(tick.time_unix_ns, neighbour.moved_ns);
    }
  }
  return std::optional<Batch>(*std::move(batch));
}

}  // namespace godwit::collector
