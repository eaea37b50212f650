// Retention: takes samples away, never the memory of what is settled.
#include "base/text.h"
#include "collector/store/sqlite_store.h"

namespace godwit::collector {

// The age below which records go; nothing when all may stay.
StatusOr<std::optional<int64_t>> SqliteStore::OldestOver(const Retention& retention,
                                                         int64_t now_unix_ns) {
  if (retention.bytes > 0) {
    Statement pages = database_->Prepare(
        "SELECT (page_count - freelist_count) * page_size"
        " FROM pragma_page_count, pragma_freelist_count, pragma_page_size");
    GODWIT_RETURN_IF_ERROR(pages.Step().status());
    if (pages.Unsigned(0) > retention.bytes) return std::optional<int64_t>(now_unix_ns);
  }
  if (retention.age <= absl::ZeroDuration()) return std::optional<int64_t>();
  return std::optional<int64_t>(now_unix_ns - absl::ToInt64Nanoseconds(retention.age));
}

StatusOr<size_t> SqliteStore::Prune(const Retention& retention, size_t records,
                                    int64_t now_unix_ns) {
  GODWIT_ASSIGN_OR_RETURN(const auto before, OldestOver(retention, now_unix_ns));
  if (!before) return size_t{0};
  Transaction transaction(*database_);
  GODWIT_RETURN_IF_ERROR(transaction.Begin());
  std::vector<int64_t> oldest;
  {
    Statement rows = database_->Prepare(
        "SELECT key FROM record WHERE age_unix_ns < ? ORDER BY age_unix_ns LIMIT ?");
    rows.Bind(*before).Bind(uint64_t{records});
    while (true) {
      GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
      if (!more) break;
      oldest.push_back(rows.Integer(0));
    }
  }
  for (const int64_t key : oldest) {
    GODWIT_RETURN_IF_ERROR(database_->Prepare("DELETE FROM head WHERE record = ?").Bind(key).Run());
    GODWIT_RETURN_IF_ERROR(DeleteRecord(key));
  }
  GODWIT_RETURN_IF_ERROR(transaction.Commit());
  if (!oldest.empty()) GODWIT_RETURN_IF_ERROR(database_->CheckpointAbove(kLogPages));
  return oldest.size();
}

StatusOr<ByteCount> SqliteStore::FreeBytes() {
  Statement pages = database_->Prepare(
      "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size");
  GODWIT_RETURN_IF_ERROR(pages.Step().status());
  return pages.Unsigned(0);
}

}  // namespace godwit::collector
