// SQLite with our types: a connection, a statement, errors with their text. <sqlite3.h> stays in
// the .cc files of this folder.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

struct sqlite3;
struct sqlite3_stmt;

namespace godwit::collector {

inline constexpr int kLogPages = 1000;  // 4 MiB, as SQLite's own checkpoints

// One use of a prepared statement; its destruction ends the use, and with it the snapshot it read.
// Bind all parameters in order, then step. Unsigned 64-bit values are kept as SQLite's signed ones,
// bit for bit.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  Statement& Bind(int64_t value);
  Statement& Bind(uint64_t value) { return Bind(static_cast<int64_t>(value)); }
  Statement& Bind(bool value) { return Bind(static_cast<int64_t>(value)); }
  Statement& BindText(std::string_view text);
  // The bytes must live as long as the statement's use.
  Statement& BindBlob(std::string_view blob);

  // True while there is a row.
  [[nodiscard]] StatusOr<bool> Step();
  // For statements that yield no row.
  [[nodiscard]] Status Run();

  int64_t Integer(int column) const;
  uint64_t Unsigned(int column) const { return static_cast<uint64_t>(Integer(column)); }
  std::string Bytes(int column) const;

 private:
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

// Confined to its owner.
class Database {
 public:
  // kCopyFrom changes nothing either, but may write copies.
  enum class Mode { kReadWrite, kQueryOnly, kCopyFrom };

  [[nodiscard]] static StatusOr<std::unique_ptr<Database>> Open(const std::string& path, Mode mode);
  ~Database();

  // Several statements without parameters.
  [[nodiscard]] Status Execute(const char* sql);
  // Compiled once, then kept; `sql` must be a literal of the program, and not in use already.
  Statement Prepare(const char* sql);
  int64_t last_insert_rowid() const;
  // Moves the write-ahead log into the file, if the last commit left more than `pages` in it.
  // Writer only.
  [[nodiscard]] Status CheckpointAbove(int pages);

 private:
  explicit Database(sqlite3* connection) : connection_(connection) {}

  sqlite3* connection_;
  int log_pages_ = 0;  // of the write-ahead log, after the last commit
  std::map<const char*, sqlite3_stmt*> statements_;
};

// Rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) {}
  ~Transaction();
  [[nodiscard]] Status Begin();
  [[nodiscard]] Status Commit();

 private:
  Database& database_;
  bool open_ = false;
};

}  // namespace godwit::collector
