#include "collector/store/store_tools.h"

#include <algorithm>
#include <optional>

#include "base/log.h"
#include "base/text.h"
#include "collector/limits.h"
#include "collector/store/schema.h"
#include "collector/store/sqlite_merge_source.h"
#include "collector/store/sqlite_store.h"
#include "collector/store/store_check.h"

namespace godwit::collector {
namespace {

// Each selects what must not be, as a text. A statement sees one moment of the store, so that all
// of them hold beside a collector that writes.
struct Rule {
  const char* what;
  const char* sql;
};
constexpr Rule kRules[] = {
    {"a stored record is not settled",
     "SELECT record.run || '/' || seq FROM record WHERE NOT EXISTS (SELECT 1 FROM settled"
     " WHERE settled.run = record.run AND first_seq <= seq AND settled.last_seq >= "
     "record.last_seq)"},
    {"two rows hold one record",
     "SELECT a.run || '/' || b.seq FROM record a JOIN record b ON a.run = b.run AND b.seq > a.seq"
     " AND b.seq <= a.last_seq"},
    {"a record is stored and a gap",
     "SELECT gap.run || '/' || first_seq FROM gap JOIN record ON record.run = gap.run"
     " AND record.seq <= gap.last_seq AND record.last_seq >= gap.first_seq"},
    {"a record is stored and rejected",
     "SELECT rejected.run || '/' || rejected.seq FROM rejected JOIN record"
     " ON record.run = rejected.run AND rejected.seq BETWEEN record.seq AND record.last_seq"},
    {"a gap is not settled",
     "SELECT gap.run || '/' || gap.first_seq FROM gap WHERE NOT EXISTS (SELECT 1 FROM settled"
     " WHERE settled.run = gap.run AND settled.first_seq <= gap.first_seq"
     " AND settled.last_seq >= gap.last_seq)"},
    {"settled ranges overlap",
     "SELECT a.run || '/' || b.first_seq FROM settled a JOIN settled b ON a.run = b.run"
     " AND b.first_seq > a.first_seq AND b.first_seq <= a.last_seq"},
    {"a record is not its run's device's",
     "SELECT record.key FROM record JOIN run ON run.key = record.run"
     " WHERE record.device IS NOT run.device"},
    {"a slice belongs to no record",
     "SELECT key FROM slice WHERE NOT EXISTS (SELECT 1 FROM record"
     " WHERE record.key = slice.key / 4096 AND checksums IS NOT NULL)"},
    {"a block belongs to no record",
     "SELECT record FROM block WHERE NOT EXISTS (SELECT 1 FROM record WHERE key = block.record)"},
    {"a block's table is not known",
     "SELECT DISTINCT record FROM block WHERE NOT EXISTS (SELECT 1 FROM series_table"
     " WHERE series_table.table_id = block.table_id)"},
    {"a head is not the newest of its table",
     "SELECT hex(head.table_id) FROM record JOIN run ON run.key = record.run"
     " JOIN block ON block.record = record.key"
     " JOIN head ON head.device = record.device AND head.table_id = block.table_id"
     " WHERE (run.run_order, record.last_seq) > (head.run_order, head.seq)"},
    {"a head's record is merged or gone",
     "SELECT hex(table_id) FROM head WHERE NOT EXISTS (SELECT 1 FROM record"
     " WHERE key = head.record AND checksums IS NULL)"},
    {"a record is longer than its device's longest",
     "SELECT record.key FROM record JOIN device ON device.key = record.device"
     " WHERE last_unix_ns - first_unix_ns > span_ns_max"},
};

class Verifier {
 public:
  explicit Verifier(Database& database) : database_(database) {}

  StatusOr<StoreVerdict> Run() {
    GODWIT_RETURN_IF_ERROR(CheckFile());
    for (const Rule& rule : kRules) GODWIT_RETURN_IF_ERROR(Check(rule));
    int64_t key = 0;
    while (true) {
      GODWIT_ASSIGN_OR_RETURN(const bool more, CheckNext(key));
      if (!more) return std::move(verdict_);
    }
  }

 private:
  void Note(const std::string& problem) {
    if (++verdict_.problems_found <= kStoreProblemsShown) verdict_.problems.push_back(problem);
  }

  Status CheckFile() {
    Statement rows = database_.Prepare("PRAGMA integrity_check");
    while (true) {
      GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
      if (!more) return absl::OkStatus();
      if (const std::string line = rows.Bytes(0); line != "ok") Note("SQLite: " + line);
    }
  }

  Status Check(const Rule& rule) {
    Statement rows = database_.Prepare(rule.sql);
    while (true) {
      GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
      if (!more) return absl::OkStatus();
      Note(Cat(rule.what, ": ", rows.Bytes(0)));
    }
  }

  // The record behind `key`, in one snapshot.
  StatusOr<bool> CheckNext(int64_t& key) {
    GODWIT_RETURN_IF_ERROR(database_.Execute("BEGIN"));
    auto more = LoadAndCheck(key);
    GODWIT_RETURN_IF_ERROR(database_.Execute("COMMIT"));
    return more;
  }

  StatusOr<bool> LoadAndCheck(int64_t& key) {
    CheckedRecord record;
    {
      Statement next = database_.Prepare(
          "SELECT key, seq, last_seq, checksum, checksums, batch FROM record WHERE key > ?"
          " ORDER BY key LIMIT 1");
      GODWIT_ASSIGN_OR_RETURN(const bool row, next.Bind(key).Step());
      if (!row) return false;
      key = next.Integer(0);
      record = {.first_seq = next.Unsigned(1),
                .last_seq = next.Unsigned(2),
                .checksum = next.Unsigned(3),
                .checksums = next.Bytes(4),
                .batch = next.Bytes(5)};
    }
    GODWIT_RETURN_IF_ERROR(LoadBlocks(key, record));
    verdict_.records += record.last_seq - record.first_seq + 1;
    ++(record.checksums.empty() ? verdict_.single : verdict_.merged);
    const std::string problem = CheckRecord(record, verdict_.samples);
    if (!problem.empty()) Note(Cat("record ", key, ": ", problem));
    return true;
  }

  Status LoadBlocks(int64_t key, CheckedRecord& record) {
    Statement rows = database_.Prepare(
        "SELECT table_id, columns, interval_ns, ticks, first_unix_ns, last_unix_ns, missing,"
        " first_slice, slice_columns FROM block WHERE record = ? ORDER BY number");
    rows.Bind(key);
    while (true) {
      GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
      if (!more) break;
      record.blocks.push_back({.table = rows.Bytes(0),
                               .columns = static_cast<uint32_t>(rows.Integer(1)),
                               .ticks = static_cast<uint32_t>(rows.Integer(3)),
                               .interval_ns = rows.Integer(2),
                               .first_unix_ns = rows.Integer(4),
                               .last_unix_ns = rows.Integer(5),
                               .missing = rows.Unsigned(6)});
      const auto width = static_cast<uint32_t>(rows.Integer(8));
      if (width == 0) continue;
      const uint32_t columns = record.blocks.back().columns;
      int64_t slice = SliceKey(key, rows.Unsigned(7));
      for (uint32_t first = 0; first < columns; first += width) {
        record.slices.push_back({slice++, rows.Bytes(0), first, std::min(width, columns - first)});
      }
    }
    for (const StoredSlice& slice : record.slices) {
      Statement find = database_.Prepare("SELECT batch FROM slice WHERE key = ?");
      GODWIT_ASSIGN_OR_RETURN(const bool row, find.Bind(slice.key).Step());
      record.slice_batches.push_back(row ? find.Bytes(0) : "");
    }
    return absl::OkStatus();
  }

  Database& database_;
  StoreVerdict verdict_;
};

Status CheckVersion(Database& database) {
  Statement version = database.Prepare("PRAGMA user_version");
  GODWIT_RETURN_IF_ERROR(version.Step().status());
  if (version.Integer(0) == kSchemaVersion) return absl::OkStatus();
  return Error(StatusCode::kFailedPrecondition,
               Cat("store: its format is of version ", version.Integer(0), ", this is for ",
                   kSchemaVersion, "; a collector that opens it brings an older one up to date"));
}

}  // namespace

StatusOr<StoreVerdict> VerifyStore(const std::string& file) {
  GODWIT_ASSIGN_OR_RETURN(const auto database, Database::Open(file, Database::Mode::kQueryOnly));
  GODWIT_RETURN_IF_ERROR(CheckVersion(*database));
  return Verifier(*database).Run();
}

Status BackUpStore(const std::string& file, const std::string& to) {
  GODWIT_ASSIGN_OR_RETURN(const auto database, Database::Open(file, Database::Mode::kCopyFrom));
  GODWIT_RETURN_IF_ERROR(CheckVersion(*database));
  Statement copy = database->Prepare("VACUUM INTO ?");
  return copy.BindText(to).Run();
}

Status MergeDue(const std::string& file, int64_t due_before_unix_ns, int64_t now_unix_ns) {
  GODWIT_ASSIGN_OR_RETURN(const auto store, SqliteStore::OpenExisting(file));
  GODWIT_ASSIGN_OR_RETURN(const auto source, SqliteMergeSource::Open(file));
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const auto step, source->Next(due_before_unix_ns, now_unix_ns));
    if (!step) return absl::OkStatus();
    GODWIT_RETURN_IF_ERROR(store->Apply(*step));
  }
}

}  // namespace godwit::collector
