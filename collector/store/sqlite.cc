#include "collector/store/sqlite.h"

#include <sqlite3.h>

#include <algorithm>
#include <limits>

#include "base/log.h"
#include "base/text.h"

namespace godwit::collector {
namespace {

constexpr int kBusyTimeoutMs = 5000;
constexpr int64_t kIntegerMax = std::numeric_limits<int64_t>::max();

Status SqliteError(sqlite3* connection, StoreHealth* health, std::string_view what) {
  const int code = sqlite3_extended_errcode(connection) & 0xff;
  const std::string_view words = sqlite3_errmsg(connection);
  const bool damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB ||
                       (code == SQLITE_ERROR && (words.starts_with("no such table") ||
                                                 words.starts_with("no such column")));
  const StatusCode status = code == SQLITE_FULL        ? StatusCode::kResourceExhausted
                            : code == SQLITE_INTERRUPT ? StatusCode::kCancelled
                            : damaged                  ? StatusCode::kDataLoss
                            : code == SQLITE_CANTOPEN || code == SQLITE_PERM
                                ? StatusCode::kPermissionDenied
                                : StatusCode::kInternal;
  Status error = Error(status, Cat("store: ", what, ": ", words));
  if (damaged && health != nullptr) health->NoteDamage(error);
  return error;
}

void AddToSum(sqlite3_context* context, int, sqlite3_value** values) {
  auto* const sum = static_cast<int64_t*>(sqlite3_aggregate_context(context, sizeof(int64_t)));
  if (sum == nullptr) return sqlite3_result_error_nomem(context);
  // A difference that does not fit an integer comes as a float, which this cuts to one.
  const int64_t value = sqlite3_value_int64(values[0]);
  if (__builtin_add_overflow(*sum, value, sum)) *sum = value > 0 ? kIntegerMax : -kIntegerMax - 1;
}

void EndSum(sqlite3_context* context) {
  const auto* const sum = static_cast<int64_t*>(sqlite3_aggregate_context(context, 0));
  sqlite3_result_int64(context, sum == nullptr ? 0 : *sum);
}

}  // namespace

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Statement::NoteBound(int code) {
  if (code == SQLITE_OK || !error_.ok()) return;
  error_ = Error(StatusCode::kInternal, Cat("store: ", sqlite3_sql(statement_), ": parameter ",
                                            bound_, ": ", sqlite3_errstr(code)));
}

Statement& Statement::Bind(int64_t value) {
  if (statement_ == nullptr) return *this;
  NoteBound(sqlite3_bind_int64(statement_, ++bound_, value));
  return *this;
}

Statement& Statement::BindText(std::string_view text) {
  if (statement_ == nullptr) return *this;
  NoteBound(sqlite3_bind_text64(statement_, ++bound_, text.data(), text.size(), SQLITE_TRANSIENT,
                                SQLITE_UTF8));
  return *this;
}

Statement& Statement::BindBlob(std::string_view blob) {
  if (statement_ == nullptr) return *this;
  NoteBound(sqlite3_bind_blob64(statement_, ++bound_, blob.data(), blob.size(), SQLITE_STATIC));
  return *this;
}

StatusOr<bool> Statement::Step() {
  if (!error_.ok()) return error_;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return SqliteError(sqlite3_db_handle(statement_), health_, sqlite3_sql(statement_));
}

Status Statement::Run() {
  return Step().status();
}

int64_t Statement::Integer(int column) const {
  return statement_ == nullptr ? 0 : sqlite3_column_int64(statement_, column);
}

std::string Statement::Bytes(int column) const {
  if (statement_ == nullptr) return {};
  const void* bytes = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
  return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path, Mode mode,
                                                   std::shared_ptr<StoreHealth> health) {
  sqlite3* connection = nullptr;
  const int flags =
      mode == Mode::kReadWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;
  const int code = sqlite3_open_v2(path.c_str(), &connection, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Database> database(new Database(connection, std::move(health)));
  if (code != SQLITE_OK) {
    return SqliteError(connection, database->health_.get(), Cat("open ", path));
  }
  sqlite3_busy_timeout(connection, kBusyTimeoutMs);
  // Checkpoints are the writer's alone: Debian's 3.40.1 corrupts its log when two do it at once.
  static_assert(kLogBytesKept == 83'886'080, "as the pragma has it");
  const char* pragmas =
      mode == Mode::kReadWrite ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                                 "PRAGMA wal_autocheckpoint=0; PRAGMA foreign_keys=ON;"
                                 "PRAGMA journal_size_limit=83886080;"
                                 // 16 MiB: what a group changes is not written before its end.
                                 "PRAGMA cache_size=-16384;"
                                 // Debian's default zeroes pages that nothing uses any more.
                                 "PRAGMA secure_delete=FAST;"
      : mode == Mode::kQueryOnly ? "PRAGMA query_only=ON; PRAGMA wal_autocheckpoint=0;"
                                 : "PRAGMA wal_autocheckpoint=0;";
  GODWIT_RETURN_IF_ERROR(database->Execute(pragmas));
  // Opens the write-ahead log, too: a connection that waited for its first question with that could
  // find another log in its place.
  GODWIT_RETURN_IF_ERROR(database->Execute("SELECT count(*) FROM sqlite_schema"));
  if (sqlite3_create_function_v2(connection, "sum_saturated", 1, SQLITE_UTF8, nullptr, nullptr,
                                 AddToSum, EndSum, nullptr) != SQLITE_OK) {
    return SqliteError(connection, nullptr, "sum_saturated");
  }
  // Called after each commit, with the length of the log.
  sqlite3_wal_hook(
      connection,
      [](void* self, sqlite3*, const char*, int pages) {
        auto* const own = static_cast<Database*>(self);
        if (pages < own->log_pages_) own->moved_pages_ = 0;  // it started again
        own->log_pages_ = pages;
        return SQLITE_OK;
      },
      database.get());
  return database;
}

Database::~Database() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(connection_);
}

Status Database::Execute(const char* sql) {
  if (sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return SqliteError(connection_, health_.get(), sql);
  }
  return absl::OkStatus();
}

Statement Database::Prepare(const char* sql) {
  sqlite3_stmt*& statement = statements_[sql];
  if (statement == nullptr) {
    const int code =
        sqlite3_prepare_v3(connection_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) return Statement(SqliteError(connection_, health_.get(), sql));
  }
  if (sqlite3_stmt_busy(statement)) {
    return Statement(Error(StatusCode::kInternal, Cat("store: ", sql, ": already in use")));
  }
  return Statement(statement, health_.get());
}

Status Database::MayWrite() {
  return health_ == nullptr ? absl::OkStatus() : health_->MayWrite();
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(connection_) == 0;
}

void Database::Supervise(std::function<bool()> must_end) {
  constexpr int kInstructions = 2000;  // about 0.1 ms
  must_end_ = std::move(must_end);
  const auto ask = [](void* self) { return static_cast<Database*>(self)->must_end_() ? 1 : 0; };
  sqlite3_progress_handler(connection_, must_end_ == nullptr ? 0 : kInstructions, ask, this);
}

Database::Cost Database::cost() const {
  Cost cost;
  for (const auto& [sql, statement] : statements_) {
    cost.runs += sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_RUN, 0);
    cost.instructions += sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0);
  }
  return cost;
}

int64_t Database::last_insert_rowid() const {
  return sqlite3_last_insert_rowid(connection_);
}

void Database::Checkpoint() {
  if (in_transaction() || log_pages_ <= kLogPages) return;
  // When all was moved and no reader needs it, the next commit starts the log again. A reader that
  // prevents this has ended by one of the next times: readers are short.
  const int code = sqlite3_wal_checkpoint_v2(connection_, nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                             &log_pages_, &moved_pages_);
  if (code == SQLITE_OK) return;
  LogError(Message(SqliteError(connection_, health_.get(), "checkpoint")));
}

StatusOr<bool> Database::EmptyLog() {
  sqlite3_busy_timeout(connection_, 0);
  const int code = sqlite3_wal_checkpoint_v2(connection_, nullptr, SQLITE_CHECKPOINT_TRUNCATE,
                                             &log_pages_, &moved_pages_);
  sqlite3_busy_timeout(connection_, kBusyTimeoutMs);
  log_pages_ = std::max(log_pages_, 0);  // -1: it could not even begin
  moved_pages_ = std::max(moved_pages_, 0);
  if (code == SQLITE_BUSY) return false;
  if (code != SQLITE_OK) return SqliteError(connection_, health_.get(), "checkpoint");
  return true;
}

Transaction::~Transaction() {
  // Some errors, a full disk for one, roll back by themselves.
  if (!open_ || !database_.in_transaction()) return;
  const Status status = database_.Execute(inner_ ? "ROLLBACK TO part; RELEASE part" : "ROLLBACK");
  if (!status.ok()) LogError(Message(status));
}

Status Transaction::Begin() {
  inner_ = database_.in_transaction();
  if (!inner_) GODWIT_RETURN_IF_ERROR(database_.MayWrite());
  GODWIT_RETURN_IF_ERROR(database_.Execute(inner_ ? "SAVEPOINT part" : "BEGIN IMMEDIATE"));
  open_ = true;
  return absl::OkStatus();
}

Status Transaction::Commit() {
  GODWIT_RETURN_IF_ERROR(database_.Execute(inner_ ? "RELEASE part" : "COMMIT"));
  open_ = false;
  return absl::OkStatus();
}

}  // namespace godwit::collector
