// SQLite with our types: a connection, a statement, errors with their text. <sqlite3.h> stays in
// the .cc files of this folder.
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

// The write-ahead log is moved into the file when it has more pages: 64 MiB. What is written often
// is in it many times, and is moved once.
inline constexpr int kLogPages = 16'384;
// What it keeps of its own file when it begins anew: that, and the log of a full group.
inline constexpr int64_t kLogBytesKept = int64_t{80} << 20;

// One use of a prepared statement; its destruction ends the use, and with it the snapshot it read.
// Bind all parameters in order, then step. Unsigned 64-bit values are kept as SQLite's signed ones,
// bit for bit. A statement that could not be prepared or bound (the file is damaged or unreadable,
// there is no memory) says so when it is stepped; until then it may be used like any other.
// Confined to the thread of its connection.
class Statement {
 public:
  // `health`, which may be null, hears of damage.
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
  // The bytes must live as long as the statement's use.
  Statement& BindBlob(std::string_view blob);

  // True while there is a row. kDataLoss: the file is damaged.
  [[nodiscard]] StatusOr<bool> Step();
  // For statements that yield no row.
  [[nodiscard]] Status Run();

  // Of the row that Step found; 0 and no bytes when it found none.
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

// Confined to its owner.
class Database {
 public:
  // kCopyFrom changes nothing either, but may write copies.
  enum class Mode { kReadWrite, kQueryOnly, kCopyFrom };

  // `health` hears of damage, and has to agree to each transaction; null: nobody asks.
  [[nodiscard]] static StatusOr<std::unique_ptr<Database>> Open(
      const std::string& path, Mode mode, std::shared_ptr<StoreHealth> health = nullptr);
  ~Database();

  // Several statements without parameters.
  [[nodiscard]] Status Execute(const char* sql);
  // Compiled once, then kept; `sql` must be a literal of the program, and not in use already.
  // Besides SQLite's functions it may call sum_saturated(X): sum() that ends at the largest integer
  // where sum() fails, and is 0 of no rows.
  Statement Prepare(const char* sql);
  // OK while the store may be written; see StoreHealth.
  [[nodiscard]] Status MayWrite();
  // Ends the statement that runs, with kCancelled, as soon as `must_end` returns true: it is called
  // some thousand times a second while one runs. Null ends the supervision.
  void Supervise(std::function<bool()> must_end);
  // What its statements have cost so far: how often they ran, and how many instructions of
  // SQLite's machine that took, which grows with the rows they touched.
  struct Cost {
    int64_t runs = 0;
    int64_t instructions = 0;
  };
  Cost cost() const;
  int64_t last_insert_rowid() const;
  // False, too, after an error that made SQLite roll back all of the transaction.
  bool in_transaction() const;
  // Moves the write-ahead log into the file if the last commit left more than kLogPages in it;
  // nothing within a transaction. What is committed is durable whatever becomes of this: an error
  // is logged, and the next call tries again. Writer only.
  void Checkpoint();
  // Moves all of it and gives its file back to the disk, unless a reader needs it still: then what
  // can be moved is, and false is returned at once. Writer only.
  [[nodiscard]] StatusOr<bool> EmptyLog();
  // Of the write-ahead log, what was not moved into the file yet.
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

// Rolls back unless committed. Within another transaction it is a savepoint of that one: its commit
// is durable with the outer one's, and undone with it. Confined to the thread of its connection.
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
