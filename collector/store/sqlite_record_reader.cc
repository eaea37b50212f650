#include "collector/store/sqlite_record_reader.h"

#include <cstdint>
#include <tuple>

#include "collector/store/boot_clock.h"
#include "collector/store/merged_record.h"

namespace godwit::collector {

// Run by run, so that the index on (run, seq) finds each place and nothing is sorted.
StatusOr<std::optional<StoredRecord>> SqliteRecordReader::Next(int64_t device, RecordCursor after,
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

StatusOr<std::optional<StoredRecord>> SqliteRecordReader::NextInRun(RecordCursor after,
                                                                    TimeRange times) {
  StoredRecord record;
  {
    Statement next = database_.Prepare(
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

StatusOr<std::optional<RecordCursor>> SqliteRecordReader::NextRun(int64_t device,
                                                                  RecordCursor after) {
  Statement run = database_.Prepare(
      "SELECT run_order, key FROM run WHERE device = ? AND (run_order, key) > (?, ?)"
      " ORDER BY run_order, key LIMIT 1");
  run.Bind(device).Bind(after.run_order).Bind(after.run_key);
  GODWIT_ASSIGN_OR_RETURN(const bool row, run.Step());
  if (!row) return std::nullopt;
  return RecordCursor{.run_order = run.Unsigned(0), .run_key = run.Integer(1), .seq = 0};
}

// No record is longer than span_ns_max: those that begin earlier than that before the range end
// before it.
StatusOr<std::optional<StoredRecord>> SqliteRecordReader::NextByTime(int64_t device,
                                                                     TimeCursor after,
                                                                     TimeRange times) {
  GODWIT_ASSIGN_OR_RETURN(const int64_t span_ns_max, SpanMax(database_, device));
  const TimeCursor begin{SubtractSaturated(times.since(), span_ns_max), 0};
  if (std::tie(begin.first_unix_ns, begin.key) > std::tie(after.first_unix_ns, after.key)) {
    after = begin;
  }
  StoredRecord record;
  {
    Statement next = database_.Prepare(
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

StatusOr<std::optional<CommittedRecord>> SqliteRecordReader::NextCommitted(int64_t device,
                                                                           uint64_t after) {
  Statement next = database_.Prepare(
      "SELECT run_order, run, last_seq, record.key, first_unix_ns, last_unix_ns, shift_ns, batch,"
      " seq, number FROM committed CROSS JOIN record ON record.key = committed.record"
      " JOIN run ON run.key = record.run WHERE committed.device = ? AND number > ?"
      " ORDER BY number LIMIT 1");
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

StatusOr<uint64_t> SqliteRecordReader::LastCommitted() {
  return LastCommitNumber(database_);
}

StatusOr<std::vector<StoredSpans>> SqliteRecordReader::Spans(int64_t device, RecordCursor after,
                                                             size_t limit) {
  std::vector<StoredSpans> spans;
  RecordCursor at = after;
  while (spans.size() < limit) {
    Statement rows = database_.Prepare(
        "SELECT record.key, seq, boot_id, wall_offset_ns, synchronised, shift_ns,"
        " boot.offset_ns IS NOT NULL AND boot.repaired_to IS NULL, coalesce(uncertainty_ns, 0),"
        " last_seq FROM record"
        " LEFT JOIN boot ON boot.key = record.boot WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?");
    rows.Bind(at.run_key).Bind(at.seq).Bind(uint64_t{limit - spans.size()});
    while (true) {
      GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
      if (!more) break;
      StoredSpans& record = spans.emplace_back();
      at.seq = rows.Unsigned(8);
      record.cursor = at;
      record.first_seq = rows.Unsigned(1);
      record.clock = {rows.Bytes(2), rows.Integer(3), rows.Integer(4) != 0};
      record.shift_ns = rows.Integer(5);
      BootClock boot;
      if (rows.Integer(6) != 0) boot = {0, rows.Integer(7)};
      record.quality = boot.QualityOf(record.clock);
      GODWIT_RETURN_IF_ERROR(AddBlocks(rows.Integer(0), record));
    }
    if (spans.size() == limit) break;
    GODWIT_ASSIGN_OR_RETURN(const auto next_run, NextRun(device, at));
    if (!next_run) break;
    at = *next_run;
  }
  return spans;
}

Status SqliteRecordReader::AddBlocks(int64_t record, StoredSpans& spans) {
  Statement rows = database_.Prepare(
      "SELECT table_id, interval_ns, ticks, first_unix_ns, last_unix_ns, missing, columns"
      " FROM block WHERE record = ? ORDER BY number");
  rows.Bind(record);
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return absl::OkStatus();
    BlockSpan& block = spans.blocks.emplace_back();
    block.table = rows.Bytes(0);
    block.interval_ns = rows.Integer(1);
    block.ticks = static_cast<uint32_t>(rows.Integer(2));
    block.first_unix_ns = rows.Integer(3);
    block.last_unix_ns = rows.Integer(4);
    block.missing = rows.Unsigned(5);
    block.columns = static_cast<uint32_t>(rows.Integer(6));
  }
}

Status SqliteRecordReader::AddSlices(StoredRecord& record) {
  if (!record.batch.empty()) return absl::OkStatus();
  Statement blocks = database_.Prepare(
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

StatusOr<std::string> SqliteRecordReader::Slice(int64_t key) {
  Statement find = database_.Prepare("SELECT batch FROM slice WHERE key = ?");
  GODWIT_ASSIGN_OR_RETURN(const bool row, find.Bind(key).Step());
  if (!row) {
    Statement owner = database_.Prepare("SELECT 1 FROM record WHERE key = ?");
    GODWIT_ASSIGN_OR_RETURN(const bool owned, owner.Bind(key / kSlicesPerRecordMax).Step());
    return owned ? Error(StatusCode::kDataLoss,
                         "store: a slice is missing; see: godwit-collector store verify")
                 : Error(StatusCode::kNotFound, "store: the record was deleted");
  }
  std::string batch = find.Bytes(0);
  return batch;
}

StatusOr<uint64_t> LastCommitNumber(Database& database) {
  Statement last = database.Prepare("SELECT seq FROM sqlite_sequence WHERE name = 'committed'");
  GODWIT_RETURN_IF_ERROR(last.Step().status());
  return last.Unsigned(0);
}

StatusOr<int64_t> SpanMax(Database& database, int64_t device) {
  Statement find = database.Prepare("SELECT span_ns_max FROM device WHERE key = ?");
  GODWIT_ASSIGN_OR_RETURN(const bool row, find.Bind(device).Step());
  return row ? find.Integer(0) : 0;
}

}  // namespace godwit::collector
