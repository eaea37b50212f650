#include "collector/store/sqlite_merging.h"

#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "collector/store/boot_clock.h"
#include "collector/store/sqlite_heads.h"
#include "collector/store/sqlite_record_rows.h"

namespace godwit::collector {

Status SqliteMerging::Apply(const MergeStep& step) {
  if (step.what == MergeStep::What::kReplace) {
    GODWIT_ASSIGN_OR_RETURN(const bool all_there, AreAsTheyCame(step.merged.members));
    // Retention was quicker; the next search finds what is left.
    return all_there ? Replace(step.merged) : absl::OkStatus();
  }
  const bool waits = step.what == MergeStep::What::kWait;
  for (const int64_t record : step.records) {
    GODWIT_RETURN_IF_ERROR(
        database_
            .Prepare("UPDATE record SET waits_since_unix_ns = CASE WHEN ? THEN ? END"
                     " WHERE key = ?")
            .Bind(waits)
            .Bind(step.since_unix_ns)
            .Bind(record)
            .Run());
  }
  return absl::OkStatus();
}

StatusOr<bool> SqliteMerging::AreAsTheyCame(const std::vector<MergeCandidate>& members) {
  for (const MergeCandidate& member : members) {
    Statement find = database_.Prepare(
        "SELECT 1 FROM record WHERE key = ? AND seq = ? AND checksum = ? AND checksums IS NULL"
        " AND (? OR shift_ns = ?) AND NOT " GODWIT_IS_HEAD);
    find.Bind(member.key).Bind(member.seq).Bind(member.checksum);
    GODWIT_ASSIGN_OR_RETURN(const bool row,
                            find.Bind(member.final_times).Bind(member.shift_ns).Step());
    if (!row) return false;
  }
  return true;
}

Status SqliteMerging::Replace(const MergedRecord& merged) {
  SqliteRecordRows rows(database_);
  const MergeCandidate& head = merged.members.front();
  std::string checksums;
  int64_t first = head.first_unix_ns;
  int64_t last = head.last_unix_ns;
  int64_t age = head.age_unix_ns;
  for (const MergeCandidate& member : merged.members) {
    Put(checksums, member.checksum);
    first = std::min(first, member.first_unix_ns);
    last = std::max(last, member.last_unix_ns);
    age = std::max(age, member.age_unix_ns);
  }
  GODWIT_RETURN_IF_ERROR(rows.CountBytes(head.key, -1));
  GODWIT_RETURN_IF_ERROR(rows.DropNumber(head.key));
  // In the first one's place, then without the others: what hangs on the first is replaced.
  GODWIT_RETURN_IF_ERROR(
      database_
          .Prepare("UPDATE record SET last_seq = ?, checksum = 0, checksums = ?,"
                   " first_unix_ns = ?, last_unix_ns = ?, wall_offset_ns = ?, synchronised = ?,"
                   " shift_ns = ?, age_unix_ns = ?, waits_since_unix_ns = NULL,"
                   " commit_number = NULL, batch = x''"
                   " WHERE key = ?")
          .Bind(merged.members.back().seq)
          .BindBlob(checksums)
          .Bind(first)
          .Bind(last)
          .Bind(head.wall_offset_ns)
          .Bind(head.final_times)
          .Bind(head.shift_ns)
          .Bind(age)
          .Bind(head.key)
          .Run());
  for (size_t i = 1; i < merged.members.size(); ++i) {
    GODWIT_RETURN_IF_ERROR(rows.Delete(merged.members[i].key));
  }
  GODWIT_RETURN_IF_ERROR(
      database_.Prepare("DELETE FROM block WHERE record = ?").Bind(head.key).Run());
  std::vector<BlockSpan> spans;
  for (const MergedBlock& block : merged.blocks) spans.push_back(block.span);
  GODWIT_RETURN_IF_ERROR(rows.PutBlocks(spans, head.key));
  GODWIT_RETURN_IF_ERROR(PutSlices(merged));
  GODWIT_RETURN_IF_ERROR(rows.CountBytes(head.key, 1));
  return database_
      .Prepare(
          "UPDATE device SET span_ns_max = max(span_ns_max, ?2)"
          " WHERE key = (SELECT device FROM record WHERE key = ?1)")
      .Bind(head.key)
      .Bind(SubtractSaturated(last, first))
      .Run();
}

// Behind its blocks.
Status SqliteMerging::PutSlices(const MergedRecord& merged) {
  const int64_t record = merged.members.front().key;
  uint64_t number = 0;
  for (const MergedBlock& block : merged.blocks) {
    GODWIT_RETURN_IF_ERROR(database_
                               .Prepare("UPDATE block SET first_slice = ?, slice_columns = ?"
                                        " WHERE record = ? AND number = ?")
                               .Bind(block.first_slice)
                               .Bind(uint64_t{block.slice_columns})
                               .Bind(record)
                               .Bind(number++)
                               .Run());
  }
  for (size_t i = 0; i < merged.slices.size(); ++i) {
    GODWIT_RETURN_IF_ERROR(database_.Prepare("INSERT INTO slice (key, batch) VALUES (?, ?)")
                               .Bind(SliceKey(record, i))
                               .BindBlob(merged.slices[i])
                               .Run());
  }
  return absl::OkStatus();
}

}  // namespace godwit::collector
