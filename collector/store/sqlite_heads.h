// The newest record of each table of a device, which has the latest values.
#pragma once

#include <cstdint>

#include "collector/store/record_store.h"
#include "collector/store/sqlite.h"
#include "collector/store/sqlite_runs.h"

// An expression of SQL: whether a row of `record` is the head of one of its tables. It finds its
// heads by its blocks, so that heads need no index by record.
#define GODWIT_IS_HEAD                                                         \
  "EXISTS (SELECT 1 FROM block CROSS JOIN head ON head.device = record.device" \
  " AND head.table_id = block.table_id WHERE block.record = record.key"        \
  " AND head.record = record.key)"

namespace godwit::collector {

// A record as the store has it.
struct StoredAs {
  int64_t key = 0;
  bool timed = false;  // its time is known
  int64_t age_unix_ns = 0;
};

// The heads. Writer-confined; each call is part of its caller's transaction.
class SqliteHeads {
 public:
  explicit SqliteHeads(Database& database) : database_(database) {}

  // Makes the record the head of those of its tables of which it is the newest: it comes later in
  // the same run, or has newer samples than one of another run, so that two agents with one id do
  // not hide each other. If the time of one of the two is not known, the order of runs decides. Two
  // runs that bring samples in turn raise an alert.
  [[nodiscard]] Status Put(int64_t device, const StoredRun& run, const IncomingRecord& record,
                           const StoredAs& stored, int64_t now_unix_ns);
  // Removes the heads of a record that is being removed.
  [[nodiscard]] Status Remove(int64_t record);

 private:
  Database& database_;
};

}  // namespace godwit::collector
