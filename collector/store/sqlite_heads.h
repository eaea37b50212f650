// The newest record of each table of a device: where the latest values are.
#pragma once

#include <cstdint>

#include "collector/store/record_store.h"
#include "collector/store/sqlite.h"
#include "collector/store/sqlite_runs.h"

namespace godwit::collector {

// A record as the store has it.
struct StoredAs {
  int64_t key = 0;
  bool timed = false;  // its time is known
  int64_t age_unix_ns = 0;
};

// Writer-confined; each call is part of its caller's transaction.
class SqliteHeads {
 public:
  explicit SqliteHeads(Database& database) : database_(database) {}

  // Makes the record the head of those of its tables of which it is the newest: it comes later in
  // the same run, or has newer samples than one of another run, so that two agents with one id do
  // not hide each other. Where the time of one of the two is not known, runs go by their order. Two
  // runs that bring samples in turn raise an alert.
  [[nodiscard]] Status Put(int64_t device, const StoredRun& run, const IncomingRecord& record,
                           const StoredAs& stored, int64_t now_unix_ns);

 private:
  Database& database_;
};

}  // namespace godwit::collector
