#include "collector/store/store_tools.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "collector/limits.h"
#include "collector/store/migrations.h"
#include "collector/store/sqlite_merge_source.h"
#include "collector/store/sqlite_store.h"
#include "collector/store/store_check.h"
#include "collector/store/store_shape.h"

namespace godwit::collector {
namespace {

// The keys by which a rule is checked a part at a time, so that no snapshot lives long: the last of
// some thousand behind ?1, and whether there are any.
constexpr char kRecords[] =
    "SELECT max(key), count(*) FROM (SELECT key FROM record WHERE key > ? ORDER BY key LIMIT 4096)";
constexpr char kRuns[] =
    "SELECT max(key), count(*) FROM (SELECT key FROM run WHERE key > ? ORDER BY key LIMIT 256)";
constexpr char kDevices[] =
    "SELECT max(key), count(*) FROM (SELECT key FROM device WHERE key > ? ORDER BY key LIMIT 256)";
constexpr char kCommits[] =
    "SELECT max(number), count(*) FROM"
    " (SELECT number FROM committed WHERE number > ? ORDER BY number LIMIT 4096)";
constexpr char kSlices[] =
    "SELECT max(key), count(*) FROM (SELECT key FROM slice WHERE key > ? ORDER BY key LIMIT 4096)";

// Each selects what must not be, as a text, of the keys behind ?1 up to ?2. A statement sees one
// moment of the store, so that all of them hold beside a collector that writes.
struct Rule {
  const char* what;
  const char* keys;
  const char* sql;
};
constexpr Rule kRules[] = {
    {"a stored record is not settled", kRecords,
     "SELECT record.run || '/' || seq FROM record WHERE key > ? AND key <= ? AND NOT EXISTS"
     " (SELECT 1 FROM settled WHERE settled.run = record.run AND first_seq <= seq"
     " AND settled.last_seq >= record.last_seq)"},
    {"two rows hold one record", kRecords,
     "SELECT a.run || '/' || b.seq FROM record a JOIN record b ON a.run = b.run AND b.seq > a.seq"
     " AND b.seq <= a.last_seq WHERE a.key > ? AND a.key <= ?"},
    {"a gap names a stored record", kRuns,
     "SELECT gap.run || '/' || first_seq FROM gap JOIN record ON record.run = gap.run"
     " AND record.seq <= gap.last_seq AND record.last_seq >= gap.first_seq"
     " WHERE gap.run > ? AND gap.run <= ?"},
    {"a stored record counts as rejected", kRuns,
     "SELECT rejected.run || '/' || rejected.seq FROM rejected JOIN record"
     " ON record.run = rejected.run AND rejected.seq BETWEEN record.seq AND record.last_seq"
     " WHERE rejected.run > ? AND rejected.run <= ?"},
    {"a gap is not settled", kRuns,
     "SELECT gap.run || '/' || gap.first_seq FROM gap WHERE gap.run > ? AND gap.run <= ?"
     " AND NOT EXISTS (SELECT 1 FROM settled WHERE settled.run = gap.run"
     " AND settled.first_seq <= gap.first_seq AND settled.last_seq >= gap.last_seq)"},
    {"settled ranges overlap", kRuns,
     "SELECT a.run || '/' || b.first_seq FROM settled a JOIN settled b ON a.run = b.run"
     " AND b.first_seq > a.first_seq AND b.first_seq <= a.last_seq"
     " WHERE a.run > ? AND a.run <= ?"},
    {"a record and its run belong to different devices", kRecords,
     "SELECT record.key FROM record JOIN run ON run.key = record.run"
     " WHERE record.key > ? AND record.key <= ? AND record.device IS NOT run.device"},
    {"a slice belongs to no record", kSlices,
     "SELECT key FROM slice WHERE key > ? AND key <= ? AND NOT EXISTS (SELECT 1 FROM record"
     " WHERE record.key = slice.key / 4096 AND checksums IS NOT NULL)"},
    {"a commit number does not belong to its record", kCommits,
     "SELECT number FROM committed WHERE number > ? AND number <= ? AND NOT EXISTS"
     " (SELECT 1 FROM record WHERE record.key = committed.record"
     " AND record.device = committed.device AND commit_number = number)"},
    {"a record is missing in the order of commits", kRecords,
     "SELECT record.key FROM record WHERE record.key > ? AND record.key <= ?"
     " AND commit_number IS NOT NULL AND NOT EXISTS (SELECT 1 FROM committed"
     " WHERE number = commit_number AND committed.record = record.key)"},
    {"a block belongs to no record", kRecords,
     "SELECT record FROM block WHERE record > ? AND record <= ?"
     " AND NOT EXISTS (SELECT 1 FROM record WHERE key = block.record)"},
    {"a block's table is not known", kRecords,
     "SELECT DISTINCT record FROM block WHERE record > ? AND record <= ? AND NOT EXISTS"
     " (SELECT 1 FROM series_table WHERE series_table.table_id = block.table_id)"},
    // Which record is the newest depends on what was known of the clocks when it came.
    {"a head does not match its record", kDevices,
     "SELECT hex(head.table_id) FROM head JOIN record ON record.key = head.record"
     " JOIN run ON run.key = record.run WHERE head.device > ? AND head.device <= ?"
     " AND (record.device IS NOT head.device OR run.run_order != head.run_order"
     " OR record.last_seq != head.seq OR NOT EXISTS (SELECT 1 FROM block"
     " WHERE block.record = head.record AND block.table_id = head.table_id))"},
    {"the record of a head is merged or missing", kDevices,
     "SELECT hex(table_id) FROM head WHERE head.device > ? AND head.device <= ?"
     " AND NOT EXISTS (SELECT 1 FROM record WHERE key = head.record AND checksums IS NULL)"},
    {"a record is longer than the longest known of its device", kRecords,
     "SELECT record.key FROM record JOIN device ON device.key = record.device"
     // A difference that does not fit an integer is a float.
     " WHERE record.key > ? AND record.key <= ?"
     " AND min(last_unix_ns - first_unix_ns, 9223372036854775807) > span_ns_max"},
};

class Verifier {
 public:
  explicit Verifier(Database& database) : database_(database) {}

  StatusOr<StoreVerdict> Run() {
    GODWIT_ASSIGN_OR_RETURN(const auto shape, FindShapeProblems(database_));
    for (const std::string& problem : shape) Note(problem);
    GODWIT_RETURN_IF_ERROR(NoteDamage(CheckFile(), "SQLite's own check"));
    for (const Rule& rule : kRules) GODWIT_RETURN_IF_ERROR(NoteDamage(Check(rule), rule.what));
    int64_t key = 0;
    while (true) {
      const auto more = CheckNext(key);
      GODWIT_RETURN_IF_ERROR(NoteDamage(more.status(), Cat("records after ", key)));
      if (!more.value_or(false)) return std::move(verdict_);
    }
  }

 private:
  // What damage keeps from being checked is a problem of the store; all else ends the check.
  Status NoteDamage(const Status& status, std::string_view what) {
    if (!absl::IsDataLoss(status)) return status;
    Note(Cat(what, " cannot be checked: ", Message(status)));
    return absl::OkStatus();
  }

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
    int64_t after = std::numeric_limits<int64_t>::min();
    bool more = true;
    while (more) {
      int64_t last = std::numeric_limits<int64_t>::max();  // what belongs to no key, too
      {
        Statement keys = database_.Prepare(rule.keys);
        GODWIT_RETURN_IF_ERROR(keys.Bind(after).Step().status());
        more = keys.Integer(1) > 0;
        if (more) last = keys.Integer(0);
      }
      GODWIT_RETURN_IF_ERROR(Check(rule, after, last));
      after = last;
    }
    return absl::OkStatus();
  }

  Status Check(const Rule& rule, int64_t after, int64_t last) {
    Statement rows = database_.Prepare(rule.sql);
    rows.Bind(after).Bind(last);
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
    // SQLite may have ended it, after an error.
    if (database_.in_transaction()) GODWIT_RETURN_IF_ERROR(database_.Execute("COMMIT"));
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
      if (rows.Integer(8) == 0) continue;  // a record as it came
      const Status added = AppendSlices(key, rows.Bytes(0), rows.Integer(1), rows.Integer(7),
                                        rows.Integer(8), record.slices);
      if (!added.ok()) Note(Message(added));
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

// Ends what a connection is at as soon as it may not go on.
class Supervised {
 public:
  Supervised(Database& database, const MayGoOn& may_go_on) : database_(database) {
    if (may_go_on == nullptr) return;
    database_.Supervise([this, may_go_on] {
      why_ = may_go_on();
      return !why_.ok();
    });
  }
  ~Supervised() { database_.Supervise(nullptr); }
  // Why it was ended, or its result.
  template <typename Result>
  Result operator()(Result result) const {
    return why_.ok() ? std::move(result) : Result(why_);
  }

 private:
  Database& database_;
  Status why_;
};

}  // namespace

StatusOr<StoreVerdict> VerifyStore(const std::string& file, const MayGoOn& may_go_on) {
  GODWIT_ASSIGN_OR_RETURN(const auto database, Database::Open(file, Database::Mode::kQueryOnly));
  GODWIT_RETURN_IF_ERROR(CheckVersion(*database));
  if (may_go_on != nullptr) GODWIT_RETURN_IF_ERROR(may_go_on());
  const Supervised supervised(*database, may_go_on);
  return supervised(Verifier(*database).Run());
}

Status BackUpStore(const std::string& file, const std::string& to, const MayGoOn& may_go_on) {
  GODWIT_ASSIGN_OR_RETURN(const auto database, Database::Open(file, Database::Mode::kCopyFrom));
  GODWIT_RETURN_IF_ERROR(CheckVersion(*database));
  if (may_go_on != nullptr) GODWIT_RETURN_IF_ERROR(may_go_on());
  const Supervised supervised(*database, may_go_on);
  Statement copy = database->Prepare("VACUUM INTO ?");
  return supervised(copy.BindText(to).Run());
}

Status MergeDue(const std::string& file, int64_t due_before_unix_ns, int64_t now_unix_ns) {
  GODWIT_ASSIGN_OR_RETURN(const auto store, SqliteStore::OpenExisting(file));
  GODWIT_ASSIGN_OR_RETURN(const auto source, SqliteMergeSource::Open(file));
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const auto steps, source->NextGroup(due_before_unix_ns, now_unix_ns));
    if (steps.empty()) return absl::OkStatus();
    GODWIT_ASSIGN_OR_RETURN(const auto results, store->Apply(steps));
    for (const Status& result : results) GODWIT_RETURN_IF_ERROR(result);
  }
}

}  // namespace godwit::collector
