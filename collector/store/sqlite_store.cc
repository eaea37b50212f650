#include "collector/store/sqlite_store.h"

#include <cstdint>
#include <utility>

#include "base/bytes.h"
#include "base/text.h"
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
  if (!row) return Error(StatusCode::kDataLoss, "store: its id is missing");
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
  database_->Checkpoint();
  return results;
}

StatusOr<SessionAnswer> SqliteStore::OpenSession(const SessionOpening& opening) {
  auto answer = InTransaction(*database_, [&] { return sessions_.Open(opening); });
  if (answer.ok()) database_->Checkpoint();
  return answer;
}

StatusOr<std::vector<Outcome>> SqliteStore::Commit(const std::vector<Delivery>& deliveries,
                                                   int64_t now_unix_ns) {
  auto outcomes = InTransaction(*database_, [&]() -> StatusOr<std::vector<Outcome>> {
    std::vector<Outcome> out;
    for (const Delivery& delivery : deliveries) {
      GODWIT_ASSIGN_OR_RETURN(const Outcome outcome, records_.Commit(delivery, now_unix_ns));
      out.push_back(outcome);
    }
    return out;
  });
  if (outcomes.ok()) database_->Checkpoint();
  return outcomes;
}

StatusOr<std::vector<Status>> SqliteStore::Apply(const std::vector<MergeStep>& steps) {
  std::vector<StoreOperation> operations;
  for (const MergeStep& step : steps) {
    operations.push_back([this, &step](Store&) { return merging_.Apply(step); });
  }
  return Write(operations);
}

StatusOr<ByteCount> SqliteStore::FreeBytes() {
  Statement pages = database_->Prepare(
      "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size");
  GODWIT_RETURN_IF_ERROR(pages.Step().status());
  return pages.Unsigned(0);
}

StatusOr<ByteCount> SqliteStore::LogBytes() {
  Statement page = database_->Prepare("PRAGMA page_size");
  GODWIT_RETURN_IF_ERROR(page.Step().status());
  return static_cast<ByteCount>(database_->log_pages()) * page.Unsigned(0);
}

Status SqliteStore::EmptyLog() {
  return database_->EmptyLog().status();
}

}  // namespace godwit::collector
