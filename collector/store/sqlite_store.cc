#include "collector/store/sqlite_store.h"

#include <map>
#include <utility>

#include "base/bytes.h"
#include "base/log.h"
#include "base/text.h"
#include "collector/limits.h"
#include "collector/store/migrations.h"
#include "collector/store/store_shape.h"

namespace godwit::collector {
namespace {

// Rolls back what `body` did unless it succeeded.
template <typename Body>
auto InTransaction(Database& database, Body body) -> decltype(body()) {
  Transaction transaction(database);
  GODWIT_RETURN_IF_ERROR(transaction.Begin());
  auto result = body();
  if (!result.ok()) return result;
  GODWIT_RETURN_IF_ERROR(transaction.Commit());
  return result;
}

}  // namespace

std::string StoreFile(const std::string& directory) {
  return directory + "/godwit.db";
}

StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(const std::string& file, Random& random,
                                                         const FreeSpace& free_space) {
  auto health = std::make_shared<StoreHealth>(file);
  GODWIT_ASSIGN_OR_RETURN(auto database, Database::Open(file, Database::Mode::kReadWrite, health));
  std::unique_ptr<SqliteStore> store(new SqliteStore(std::move(database), health));
  GODWIT_RETURN_IF_ERROR(store->Prepare(random, free_space));
  health->NoteFiles();
  // One that is damaged is opened all the same: what can be read of it is.
  GODWIT_ASSIGN_OR_RETURN(const auto problems, FindShapeProblems(*store->database_));
  if (!problems.empty()) health->NoteDamage(Error(StatusCode::kDataLoss, problems.front()));
  return store;
}

StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::OpenExisting(const std::string& file) {
  GODWIT_ASSIGN_OR_RETURN(auto database, Database::Open(file, Database::Mode::kReadWrite));
  GODWIT_RETURN_IF_ERROR(CheckVersion(*database));
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(database), nullptr));
}

Status SqliteStore::Make(Random& random) {
  Put(store_id_, random.Next());
  Put(store_id_, random.Next());
  return InTransaction(*database_, [&]() -> Status {
    GODWIT_RETURN_IF_ERROR(database_->Execute(kSchema));
    GODWIT_RETURN_IF_ERROR(
        database_->Prepare("INSERT INTO meta (store_id) VALUES (?)").BindBlob(store_id_).Run());
    return database_->Execute(Cat("PRAGMA user_version=", kSchemaVersion).c_str());
  });
}

Status SqliteStore::Prepare(Random& random, const FreeSpace& free_space) {
  GODWIT_ASSIGN_OR_RETURN(const int64_t found, VersionOf(*database_));
  if (found == 0) return Make(random);
  if (found != kSchemaVersion) GODWIT_RETURN_IF_ERROR(Migrate(*database_, found, free_space));
  Statement id = database_->Prepare("SELECT store_id FROM meta");
  GODWIT_ASSIGN_OR_RETURN(const bool row, id.Step());
  if (!row) return Error(StatusCode::kDataLoss, "store: it has lost its id");
  store_id_ = id.Bytes(0);
  return absl::OkStatus();
}

StatusOr<std::vector<Status>> SqliteStore::Write(const std::vector<StoreOperation>& operations) {
  Transaction transaction(*database_);
  GODWIT_RETURN_IF_ERROR(transaction.Begin());
  std::vector<Status> results;
  for (const StoreOperation& operation : operations) {
    Transaction part(*database_);
    GODWIT_RETURN_IF_ERROR(part.Begin());
    results.push_back(operation(*this));
    // SQLite took back all of the group, which nothing can go on from.
    if (!database_->in_transaction()) return results.back();
    if (results.back().ok()) GODWIT_RETURN_IF_ERROR(part.Commit());
  }
  GODWIT_RETURN_IF_ERROR(transaction.Commit());
  Checkpoint();
  return results;
}

// What is committed is durable whatever becomes of the checkpoint; the next one tries again.
void SqliteStore::Checkpoint() {
  if (database_->in_transaction()) return;
  if (const Status status = database_->CheckpointAbove(kLogPages); !status.ok()) {
    LogError(Message(status));
  }
}

StatusOr<SessionAnswer> SqliteStore::OpenSession(const SessionOpening& opening) {
  auto answer = InTransaction(*database_, [&] { return OpenSessionIn(opening); });
  if (answer.ok()) Checkpoint();
  return answer;
}

StatusOr<SessionAnswer> SqliteStore::OpenSessionIn(const SessionOpening& opening) {
  GODWIT_ASSIGN_OR_RETURN(const int64_t device, PutDevice(opening.device, opening.now_unix_ns));
  GODWIT_RETURN_IF_ERROR(NoteBoot(device, opening));
  if (opening.report) {
    GODWIT_RETURN_IF_ERROR(NoteReport(device, *opening.report, opening.now_unix_ns));
  }
  std::map<RunId, SeqSet> held;
  for (const HeldRun& run : opening.runs) {
    held[run.run] = run.held;
    // In their order, and before anything else names them: a run's place is that of its first
    // mention.
    GODWIT_ASSIGN_OR_RETURN(const Run named, PutRun(device, run.run, run.follows_run));
    GODWIT_RETURN_IF_ERROR(NoteNamed(named, opening.now_unix_ns));
  }
  for (const SetAside& copies : opening.set_aside) {
    GODWIT_RETURN_IF_ERROR(SettleRejected(device, copies, opening.now_unix_ns));
  }

  SessionAnswer answer;
  size_t ranges_left = kSessionRangesMax;
  for (const HeldRun& reported : opening.runs) {
    GODWIT_ASSIGN_OR_RETURN(const Run run, PutRun(device, reported.run, reported.follows_run));
    GODWIT_RETURN_IF_ERROR(CloseBooks(run, reported.last_seq, reported.held, opening));
    if (reported.unclean_end) {
      GODWIT_RETURN_IF_ERROR(
          database_->Prepare("UPDATE run SET unclean_end = 1 WHERE key = ?").Bind(run.key).Run());
    }
    if (reported.follows_run != 0) {
      GODWIT_ASSIGN_OR_RETURN(const Run before, PutRunBefore(device, reported.follows_run, run));
      GODWIT_RETURN_IF_ERROR(NoteNamed(before, opening.now_unix_ns));
      GODWIT_RETURN_IF_ERROR(
          CloseBooks(before, reported.follows_last_seq, held[reported.follows_run], opening));
    }
    GODWIT_ASSIGN_OR_RETURN(const SeqSet forgettable,
                            Forgettable(run, reported.held, opening.set_aside));
    for (const SeqRange& range : forgettable.Ranges()) {
      if (ranges_left == 0) break;
      answer.settled[reported.run].Add(range);
      --ranges_left;
    }
  }
  for (const TableId& id : opening.table_ids) {
    Statement known =
        database_->Prepare("SELECT 1 FROM device_table WHERE device = ? AND table_id = ?");
    GODWIT_ASSIGN_OR_RETURN(const bool row, known.Bind(device).BindBlob(id).Step());
    if (!row) answer.unknown_tables.push_back(id);
  }
  return answer;
}

StatusOr<int64_t> SqliteStore::PutDevice(const DeviceFacts& facts, int64_t now_unix_ns) {
  GODWIT_RETURN_IF_ERROR(
      database_
          ->Prepare("INSERT INTO device (device_id, name, boot_id, agent_version,"
                    " wall_synchronised, last_seen_unix_ns, opened_unix_ns)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)"
                    " ON CONFLICT (device_id) DO UPDATE SET name = excluded.name,"
                    " boot_id = excluded.boot_id, agent_version = excluded.agent_version,"
                    " wall_synchronised = excluded.wall_synchronised,"
                    " last_seen_unix_ns = excluded.last_seen_unix_ns,"
                    " opened_unix_ns = excluded.opened_unix_ns")
          .BindText(facts.device_id)
          .BindText(facts.name)
          .BindBlob(facts.boot_id)
          .BindText(facts.agent_version)
          .Bind(facts.wall_synchronised)
          .Bind(now_unix_ns)
          .Run());
  GODWIT_ASSIGN_OR_RETURN(const int64_t device, DeviceKey(facts.device_id));
  GODWIT_RETURN_IF_ERROR(
      database_->Prepare("DELETE FROM label WHERE device = ?").Bind(device).Run());
  for (const auto& [name, value] : facts.labels) {
    GODWIT_RETURN_IF_ERROR(
        database_->Prepare("INSERT INTO label (device, name, value) VALUES (?, ?, ?)")
            .Bind(device)
            .BindText(name)
            .BindText(value)
            .Run());
  }
  return device;
}

StatusOr<int64_t> SqliteStore::DeviceKey(const std::string& device_id) {
  Statement find = database_->Prepare("SELECT key FROM device WHERE device_id = ?");
  GODWIT_ASSIGN_OR_RETURN(const bool row, find.BindText(device_id).Step());
  if (!row) {
    return Error(StatusCode::kNotFound, Cat("store: device '", device_id, "' is not known"));
  }
  return find.Integer(0);
}

StatusOr<std::optional<SqliteStore::Run>> SqliteStore::FindRun(int64_t device, RunId run_id) {
  Statement find = database_->Prepare(
      "SELECT key, run_order, follows_run, first_commit_unix_ns IS NOT NULL FROM run"
      " WHERE device = ? AND run_id = ?");
  GODWIT_ASSIGN_OR_RETURN(const bool row, find.Bind(device).Bind(run_id).Step());
  if (!row) return std::optional<Run>();
  return std::optional<Run>({.key = find.Integer(0),
                             .id = run_id,
                             .order = find.Unsigned(1),
                             .follows = find.Unsigned(2),
                             .has_commits = find.Integer(3) != 0});
}

// A run stands behind the one it follows. One that follows none is the start of a new spool: it
// stands behind all that the device had before.
StatusOr<uint64_t> SqliteStore::NextRunOrder(int64_t device, RunId follows) {
  if (follows != 0) {
    GODWIT_ASSIGN_OR_RETURN(const Run before, PutRun(device, follows, 0));
    return before.order + 1;
  }
  Statement last =
      database_->Prepare("SELECT coalesce(max(run_order), 0) FROM run WHERE device = ?");
  GODWIT_RETURN_IF_ERROR(last.Bind(device).Step().status());
  return last.Unsigned(0) + 1;
}

StatusOr<SqliteStore::Run> SqliteStore::PutRun(int64_t device, RunId run_id, RunId follows) {
  GODWIT_ASSIGN_OR_RETURN(std::optional<Run> known, FindRun(device, run_id));
  if (known) {
    if (known->follows != 0 || follows == 0) return *known;
    // It was known by a record or a copy alone, and now says what it follows.
    GODWIT_RETURN_IF_ERROR(database_->Prepare("UPDATE run SET follows_run = ? WHERE key = ?")
                               .Bind(follows)
                               .Bind(known->key)
                               .Run());
    known->follows = follows;
    return *known;
  }
  GODWIT_ASSIGN_OR_RETURN(const uint64_t order, NextRunOrder(device, follows));
  return InsertRun(device, run_id, follows, order);
}

// The run that `next` follows. When nobody has named it before, it goes in front of that.
StatusOr<SqliteStore::Run> SqliteStore::PutRunBefore(int64_t device, RunId run_id,
                                                     const Run& next) {
  GODWIT_ASSIGN_OR_RETURN(const std::optional<Run> known, FindRun(device, run_id));
  if (known) return *known;
  return InsertRun(device, run_id, 0, std::max<uint64_t>(next.order, 1) - 1);
}

StatusOr<SqliteStore::Run> SqliteStore::InsertRun(int64_t device, RunId run_id, RunId follows,
                                                  uint64_t order) {
  GODWIT_RETURN_IF_ERROR(
      database_
          ->Prepare("INSERT INTO run (device, run_id, follows_run, run_order) VALUES (?, ?, ?, ?)")
          .Bind(device)
          .Bind(run_id)
          .Bind(follows)
          .Bind(order)
          .Run());
  return Run{
      .key = database_->last_insert_rowid(), .id = run_id, .order = order, .follows = follows};
}

StatusOr<std::vector<Outcome>> SqliteStore::Commit(const std::vector<Delivery>& deliveries,
                                                   int64_t now_unix_ns) {
  auto outcomes = InTransaction(*database_, [&]() -> StatusOr<std::vector<Outcome>> {
    std::vector<Outcome> out;
    for (const Delivery& delivery : deliveries) {
      GODWIT_ASSIGN_OR_RETURN(const Outcome outcome, CommitOne(delivery, now_unix_ns));
      out.push_back(outcome);
    }
    return out;
  });
  if (outcomes.ok()) Checkpoint();
  return outcomes;
}

StatusOr<Outcome> SqliteStore::CommitOne(const Delivery& delivery, int64_t now_unix_ns) {
  GODWIT_ASSIGN_OR_RETURN(const int64_t device, DeviceKey(delivery.device_id));
  for (const IncomingTable& table : delivery.tables) {
    GODWIT_RETURN_IF_ERROR(PutTable(device, table, now_unix_ns));
  }
  for (const SetAside& copies : delivery.set_aside) {
    GODWIT_RETURN_IF_ERROR(SettleRejected(device, copies, now_unix_ns));
  }
  if (delivery.report) {
    GODWIT_RETURN_IF_ERROR(NoteReport(device, *delivery.report, now_unix_ns));
  }
  if (!delivery.record) return Outcome::kCommitted;
  GODWIT_ASSIGN_OR_RETURN(const Outcome shapes, CheckBlocks(device, *delivery.record, now_unix_ns));
  if (shapes != Outcome::kCommitted) return shapes;
  GODWIT_ASSIGN_OR_RETURN(const Outcome outcome,
                          StoreRecord(device, *delivery.record, now_unix_ns));
  const bool stored = outcome == Outcome::kCommitted;
  GODWIT_RETURN_IF_ERROR(
      database_
          ->Prepare("UPDATE device SET last_seen_unix_ns = ?, records = records + ?,"
                    " samples = samples + ?, duplicates = duplicates + ?,"
                    " span_ns_max = max(span_ns_max, ?) WHERE key = ?")
          .Bind(now_unix_ns)
          .Bind(stored)
          .Bind(stored ? delivery.record->samples : 0)
          .Bind(outcome == Outcome::kDuplicate)
          .Bind(stored ? SubtractSaturated(delivery.record->last_unix_ns,
                                           delivery.record->first_unix_ns)
                       : 0)
          .Bind(device)
          .Run());
  return outcome;
}

Status SqliteStore::PutTable(int64_t device, const IncomingTable& table, int64_t now_unix_ns) {
  GODWIT_RETURN_IF_ERROR(
      database_
          ->Prepare("INSERT INTO series_table (table_id, series, encoded) VALUES (?, ?, ?)"
                    " ON CONFLICT DO NOTHING")
          .BindBlob(table.id)
          .Bind(uint64_t{table.series})
          .BindBlob(table.encoded)
          .Run());
  return database_
      ->Prepare(
          "INSERT INTO device_table (device, table_id, seen_unix_ns) VALUES (?, ?, ?)"
          " ON CONFLICT DO UPDATE SET seen_unix_ns = excluded.seen_unix_ns")
      .Bind(device)
      .BindBlob(table.id)
      .Bind(now_unix_ns)
      .Run();
}

}  // namespace godwit::collector
