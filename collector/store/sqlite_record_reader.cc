// The reader's ways through a device's records: by name and by time.
#include <algorithm>
#include <tuple>

#include "collector/store/boot_clock.h"
#include "collector/store/merged_record.h"
#include "collector/store/sqlite_store.h"

namespace godwit::collector {
// Run by run, so that the index on (run, seq) finds each place and nothing is sorted.
StatusOr<std::optional<StoredRecord>> SqliteReader::Next(int64_t device, RecordCursor after,
                                                         TimeRange times) {
  RecordCursor at = after;
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(auto stored, NextInRun(at, times));
    if (stored) return stored;
    GODWIT_ASSIGN_OR_RETURN(const auto next_run, NextRun(device, at));
    if (!next_run) return std::nullopt;
    at = *next_run;
  }
}

StatusOr<std::optional<StoredRecord>> SqliteReader::NextInRun(RecordCursor after, TimeRange times) {
  StoredRecord record;
  {
    Statement next = database_->Prepare(
        "SELECT last_seq, key, first_unix_ns, last_unix_ns, shift_ns, batch, seq FROM record"
        " WHERE run = ? AND seq > ? AND last_unix_ns >= ? AND first_unix_ns <= ?"
        " ORDER BY seq LIMIT 1");
    next.Bind(after.run_key).Bind(after.seq).Bind(times.since()).Bind(times.until());
    GODWIT_ASSIGN_OR_RETURN(const bool row, next.Step());
    if (!row) return std::nullopt;
    after.seq = next.Unsigned(0);
    record = {.cursor = after,
              .first_seq = next.Unsigned(6),
              .place = {next.Integer(2), next.Integer(1)},
              .last_unix_ns = next.Integer(3),
              .shift_ns = next.Integer(4),
              .batch = next.Bytes(5)};
  }
  GODWIT_RETURN_IF_ERROR(AddSlices(record));
  return record;
}

// No record is longer than span_ns_max: those that begin earlier than that before the range end
// before it.
StatusOr<std::optional<StoredRecord>> SqliteReader::NextByTime(int64_t device, TimeCursor after,
                                                               TimeRange times) {
  GODWIT_ASSIGN_OR_RETURN(const int64_t span_ns_max, SpanMax(device));
  const TimeCursor begin{SubtractSaturated(times.since(), span_ns_max), 0};
  if (std::tie(begin.first_unix_ns, begin.key) > std::tie(after.first_unix_ns, after.key)) {
    after = begin;
  }
  StoredRecord record;
  {
    Statement next = database_->Prepare(
        "SELECT run_order, run, last_seq, record.key, first_unix_ns, last_unix_ns, shift_ns, batch,"
        " seq"
        " FROM record JOIN run ON run.key = record.run WHERE record.device = ?"
        " AND (first_unix_ns, record.key) > (?, ?) AND first_unix_ns <= ? AND last_unix_ns >= ?"
        " ORDER BY first_unix_ns, record.key LIMIT 1");
    next.Bind(device).Bind(after.first_unix_ns).Bind(after.key);
    next.Bind(times.until()).Bind(times.since());
    GODWIT_ASSIGN_OR_RETURN(const bool row, next.Step());
    if (!row) return std::nullopt;
    record = {.cursor = {next.Unsigned(0), next.Integer(1), next.Unsigned(2)},
              .first_seq = next.Unsigned(8),
              .place = {next.Integer(4), next.Integer(3)},
              .last_unix_ns = next.Integer(5),
              .shift_ns = next.Integer(6),
              .batch = next.Bytes(7)};
  }
  GODWIT_RETURN_IF_ERROR(AddSlices(record));
  return record;
}

StatusOr<std::optional<CommittedRecord>> SqliteReader::NextCommitted(int64_t device,
                                                                     uint64_t after) {
  Statement next = database_->Prepare(
      "SELECT run_order, run, last_seq, record.key, first_unix_ns, last_unix_ns, shift_ns, batch,"
      " seq, number FROM committed CROSS JOIN record ON record.key = committed.record"
      " JOIN run ON run.key = record.run WHERE committed.device = ? AND number > ?"
      " AND checksums IS NULL ORDER BY number LIMIT 1");
  GODWIT_ASSIGN_OR_RETURN(const bool row, next.Bind(device).Bind(after).Step());
  if (!row) return std::nullopt;
  return CommittedRecord{.commit_number = next.Unsigned(9),
                         .record = {.cursor = {next.Unsigned(0), next.Integer(1), next.Unsigned(2)},
                                    .first_seq = next.Unsigned(8),
                                    .place = {next.Integer(4), next.Integer(3)},
                                    .last_unix_ns = next.Integer(5),
                                    .shift_ns = next.Integer(6),
                                    .batch = next.Bytes(7)}};
}

StatusOr<uint64_t> SqliteReader::LastCommitted(int64_t device) {
  Statement last = database_->Prepare("SELECT commits FROM device WHERE key = ?");
  GODWIT_RETURN_IF_ERROR(last.Bind(device).Step().status());
  return last.Unsigned(0);
}

StatusOr<int64_t> SqliteReader::SpanMax(int64_t device) {
  Statement find = database_->Prepare("SELECT span_ns_max FROM device WHERE key = ?");
  GODWIT_ASSIGN_OR_RETURN(const bool row, find.Bind(device).Step());
  return row ? find.Integer(0) : 0;
}

Status SqliteReader::AddSlices(StoredRecord& record) {
  if (!record.batch.empty()) return absl::OkStatus();
  Statement blocks = database_->Prepare(
      "SELECT table_id, columns, first_slice, slice_columns FROM block"
      " WHERE record = ? AND first_slice IS NOT NULL ORDER BY number");
  blocks.Bind(record.place.key);
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, blocks.Step());
    if (!more) return absl::OkStatus();
    GODWIT_RETURN_IF_ERROR(AppendSlices(record.place.key, blocks.Bytes(0), blocks.Integer(1),
                                        blocks.Integer(2), blocks.Integer(3), record.slices));
  }
}

StatusOr<std::string> SqliteReader::Slice(int64_t key) {
  Statement find = database_->Prepare("SELECT batch FROM slice WHERE key = ?");
  GODWIT_ASSIGN_OR_RETURN(const bool row, find.Bind(key).Step());
  if (!row) {
    Statement owner = database_->Prepare("SELECT 1 FROM record WHERE key = ?");
    GODWIT_ASSIGN_OR_RETURN(const bool owned, owner.Bind(key / kSlicesPerRecordMax).Step());
    return owned ? Error(StatusCode::kDataLoss, "store: a slice is missing; see: store verify")
                 : Error(StatusCode::kNotFound, "store: the record is gone");
  }
  std::string batch = find.Bytes(0);
  return batch;
}

}  // namespace godwit::collector
