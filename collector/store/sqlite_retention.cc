// Retention: takes samples away, never the memory of what is settled.
#include "base/text.h"
#include "collector/store/record_bytes.h"
#include "collector/store/sqlite_store.h"

namespace godwit::collector {

// The age below which records go; nothing when all may stay.
StatusOr<std::optional<int64_t>> SqliteStore::OldestOver(const Retention& retention,
                                                         int64_t now_unix_ns) {
  if (retention.bytes > 0) {
    // What it cannot free does not count: tables of series, for one, would take everybody's records
    // away.
    Statement records = database_->Prepare("SELECT coalesce(sum(record_bytes), 0) FROM device");
    GODWIT_RETURN_IF_ERROR(records.Step().status());
    if (records.Unsigned(0) > retention.bytes) return std::optional<int64_t>(now_unix_ns);
  }
  if (retention.age <= absl::ZeroDuration()) return std::optional<int64_t>();
  return std::optional<int64_t>(now_unix_ns - absl::ToInt64Nanoseconds(retention.age));
}

StatusOr<size_t> SqliteStore::Prune(const Retention& retention, size_t records,
                                    int64_t now_unix_ns) {
  // Also where nothing is due: so a store that is taken away is noticed while nobody writes.
  if (!database_->MayWrite().ok()) return size_t{0};
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
  Checkpoint();
  return oldest.size();
}

// Takes part in the sum of its device, unless the background has not come to it yet.
Status SqliteStore::CountBytes(int64_t record, int64_t sign) {
  return database_
      ->Prepare(
          "UPDATE device SET record_bytes = record_bytes + ?1 *"
          " (SELECT " GODWIT_RECORD_BYTES
          " FROM record WHERE key = ?2)"
          " WHERE key = (SELECT device FROM record WHERE key = ?2) AND NOT EXISTS"
          " (SELECT 1 FROM background WHERE what = ?3 AND ?2 > done AND ?2 <= last)")
      .Bind(sign)
      .Bind(record)
      .BindText(kRecordBytesFill)
      .Run();
}

StatusOr<ByteCount> SqliteStore::LogBytes() {
  Statement page = database_->Prepare("PRAGMA page_size");
  GODWIT_RETURN_IF_ERROR(page.Step().status());
  return static_cast<ByteCount>(database_->log_pages()) * page.Unsigned(0);
}

Status SqliteStore::EmptyLog() {
  return database_->EmptyLog().status();
}

StatusOr<ByteCount> SqliteStore::FreeBytes() {
  Statement pages = database_->Prepare(
      "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size");
  GODWIT_RETURN_IF_ERROR(pages.Step().status());
  return pages.Unsigned(0);
}

}  // namespace godwit::collector
