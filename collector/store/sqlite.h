// Wraps SQLite with our types: a connection, a statement, errors with their text. <sqlite3.h> stays
// in the .cc files of this folder.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "collector/store/store_health.h"

struct sqlite3;
struct sqlite3_stmt;

namespace godwit::collector {

// The pages beyond which the write-ahead log is moved into the file: 64 MiB. Pages that are written
// often are in it many times, and are moved once.
inline constexpr int kLogPages = 16'384;
// The bytes of its own file that the log keeps when it starts again: 64 MiB, and the log of a full
// group.
inline constexpr int64_t kLogBytesKept = int64_t{80} << 20;

// One use of a prepared statement; its destruction ends the use, and with it the snapshot it read.
// Bind all parameters in order, then step. Unsigned 64-bit values are stored as SQLite's signed
// ones, bit for bit. A statement that could not be prepared or bound (the file is damaged or
// unreadable, there is no memory) reports that when it is stepped; until then it may be used like
// any other. Confined to the thread of its connection.
class Statement {
 public:
  // Damage is reported to `health`, which may be null.
  Statement(sqlite3_stmt* statement, StoreHealth* health)
      : statement_(statement), health_(health) {}
  explicit Statement(Status error) : error_(std::move(error)) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  Statement& Bind(int64_t value);
  Statement& Bind(uint64_t value) { return Bind(static_cast<int64_t>(value)); }
  Statement& Bind(bool value) { return Bind(static_cast<int64_t>(value)); }
  Statement& BindText(std::string_view text);
  // Binds bytes, which must live as long as the statement's use.
  Statement& BindBlob(std::string_view blob);

  // Steps to the next row. Returns true while there is one. kDataLoss: the file is damaged.
  [[nodiscard]] StatusOr<bool> Step();
  // Runs a statement that yields no row.
  [[nodiscard]] Status Run();

  // Return a column of the row that Step found; 0 and no bytes if it found none.
  int64_t Integer(int column) const;
  uint64_t Unsigned(int column) const { return static_cast<uint64_t>(Integer(column)); }
  std::string Bytes(int column) const;

 private:
  void NoteBound(int code);

  sqlite3_stmt* statement_ = nullptr;  // null: error_ says why
  StoreHealth* health_ = nullptr;
  Status error_;
  int bound_ = 0;
};

// A connection. Confined to its owner.
class Database {
 public:
  // The access. kCopyFrom changes nothing either, but may write copies.
  enum class Mode { kReadWrite, kQueryOnly, kCopyFrom };

  // Opens a connection. Damage is reported to `health`, which has to agree to each transaction;
  // null: no checks.
  [[nodiscard]] static StatusOr<std::unique_ptr<Database>> Open(
      const std::string& path, Mode mode, std::shared_ptr<StoreHealth> health = nullptr);
  ~Database();

  // Executes statements without parameters.
  [[nodiscard]] Status Execute(const char* sql);
  // Prepares a statement, which is compiled once and kept; `sql` must be a literal of the program,
  // and not in use already. Besides SQLite's functions it may call sum_saturated(X): like sum(),
  // but it ends at the largest integer where sum() fails, and is 0 for no rows.
  Statement Prepare(const char* sql);
  // Returns OK while the store may be written; see StoreHealth.
  [[nodiscard]] Status MayWrite();
  // Ends the running statement with kCancelled as soon as `must_end` returns true: it is called
  // some thousand times a second while a statement runs. Null ends the supervision.
  void Supervise(std::function<bool()> must_end);
  // The cost of its statements so far: how often they ran, and how many instructions of SQLite's
  // machine that took, which grows with the rows they touched.
  struct Cost {
    int64_t runs = 0;
    int64_t instructions = 0;
  };
  Cost cost() const;
  int64_t last_insert_rowid() const;
  // Returns whether a transaction is open. False also after an error that made SQLite roll back all
  // of it.
  bool in_transaction() const;
  // Moves the write-ahead log into the file if the last commit left more than kLogPages in it; does
  // nothing within a transaction. Commits are durable even if this fails: an error is logged, and
  // the next call tries again. Writer only.
  void Checkpoint();
  // Moves all of the log and returns its file to the disk. If a reader still needs it, moves what
  // is possible and returns false at once. Writer only.
  [[nodiscard]] StatusOr<bool> EmptyLog();
  // Returns the pages of the write-ahead log that have not been moved into the file.
  int64_t log_pages() const { return log_pages_ - moved_pages_; }

 private:
  Database(sqlite3* connection, std::shared_ptr<StoreHealth> health)
      : connection_(connection), health_(std::move(health)) {}

  sqlite3* connection_;
  const std::shared_ptr<StoreHealth> health_;
  int log_pages_ = 0;    // of the write-ahead log, after the last commit
  int moved_pages_ = 0;  // of them, by the last checkpoint
  std::map<const char*, sqlite3_stmt*> statements_;
  std::function<bool()> must_end_;
};

// A transaction, rolled back unless committed. Within another transaction it is a savepoint of that
// one: its commit is durable with the outer one's, and undone with it. Confined to the thread of
// its connection.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) {}
  ~Transaction();
  [[nodiscard]] Status Begin();
  [[nodiscard]] Status Commit();

 private:
  Database& database_;
  bool open_ = false;
  bool inner_ = false;
};

}  // namespace godwit::collector
