#include "collector/store/sqlite.h"

#include <sqlite3.h>

#include "base/check.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::collector {
namespace {

constexpr int kBusyTimeoutMs = 5000;

Status SqliteError(sqlite3* connection, std::string_view what) {
  const int code = sqlite3_extended_errcode(connection) & 0xff;
  const StatusCode status =
      code == SQLITE_FULL                               ? StatusCode::kResourceExhausted
      : code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? StatusCode::kDataLoss
      : code == SQLITE_CANTOPEN || code == SQLITE_PERM  ? StatusCode::kPermissionDenied
                                                        : StatusCode::kInternal;
  return Error(status, Cat("store: ", what, ": ", sqlite3_errmsg(connection)));
}

}  // namespace

Statement::~Statement() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Statement& Statement::Bind(int64_t value) {
  GODWIT_CHECK(sqlite3_bind_int64(statement_, ++bound_, value) == SQLITE_OK);
  return *this;
}

Statement& Statement::BindText(std::string_view text) {
  GODWIT_CHECK(sqlite3_bind_text64(statement_, ++bound_, text.data(), text.size(), SQLITE_TRANSIENT,
                                   SQLITE_UTF8) == SQLITE_OK);
  return *this;
}

Statement& Statement::BindBlob(std::string_view blob) {
  GODWIT_CHECK(sqlite3_bind_blob64(statement_, ++bound_, blob.data(), blob.size(), SQLITE_STATIC) ==
               SQLITE_OK);
  return *this;
}

StatusOr<bool> Statement::Step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return SqliteError(sqlite3_db_handle(statement_), sqlite3_sql(statement_));
}

Status Statement::Run() {
  return Step().status();
}

int64_t Statement::Integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string Statement::Bytes(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
  return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path, Mode mode) {
  sqlite3* connection = nullptr;
  const int flags =
      mode == Mode::kReadWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;
  const int code = sqlite3_open_v2(path.c_str(), &connection, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Database> database(new Database(connection));
  if (code != SQLITE_OK) return SqliteError(connection, Cat("open ", path));
  sqlite3_busy_timeout(connection, kBusyTimeoutMs);
  // Checkpoints are the writer's alone: Debian's 3.40.1 corrupts its log when two do it at once.
  const char* pragmas =
      mode == Mode::kReadWrite   ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                                   "PRAGMA wal_autocheckpoint=0; PRAGMA foreign_keys=ON;"
      : mode == Mode::kQueryOnly ? "PRAGMA query_only=ON; PRAGMA wal_autocheckpoint=0;"
                                 : "PRAGMA wal_autocheckpoint=0;";
  GODWIT_RETURN_IF_ERROR(database->Execute(pragmas));
  // Called after each commit, with the length of the log.
  sqlite3_wal_hook(
      connection,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Database*>(self)->log_pages_ = pages;
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
    return SqliteError(connection_, sql);
  }
  return absl::OkStatus();
}

Statement Database::Prepare(const char* sql) {
  sqlite3_stmt*& statement = statements_[sql];
  if (statement == nullptr) {
    const int code =
        sqlite3_prepare_v3(connection_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    // The statements are the program's own: one that does not compile is a bug, or the file is not
    // the store that Open checked.
    if (code != SQLITE_OK) LogError(Message(SqliteError(connection_, sql)));
    GODWIT_CHECK(code == SQLITE_OK);
  }
  GODWIT_CHECK(!sqlite3_stmt_busy(statement));
  return Statement(statement);
}

int64_t Database::last_insert_rowid() const {
  return sqlite3_last_insert_rowid(connection_);
}

Status Database::CheckpointAbove(int pages) {
  if (log_pages_ <= pages) return absl::OkStatus();
  // When all was moved and no reader needs it, the next commit begins the log anew. A reader that
  // stood in the way is gone by one of the next times: they live for a moment.
  const int code =
      sqlite3_wal_checkpoint_v2(connection_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK) return SqliteError(connection_, "checkpoint");
  return absl::OkStatus();
}

Transaction::~Transaction() {
  if (!open_) return;
  if (const Status status = database_.Execute("ROLLBACK"); !status.ok()) {
    LogError(Message(status));
  }
}

Status Transaction::Begin() {
  GODWIT_RETURN_IF_ERROR(database_.Execute("BEGIN IMMEDIATE"));
  open_ = true;
  return absl::OkStatus();
}

Status Transaction::Commit() {
  GODWIT_RETURN_IF_ERROR(database_.Execute("COMMIT"));
  open_ = false;
  return absl::OkStatus();
}

}  // namespace godwit::collector
