// The runs of the store's devices, and their order.
#pragma once

#include <cstdint>
#include <optional>

#include "base/names.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

struct StoredRun {
  int64_t key = 0;  // the store's own
  RunId id = 0;
  uint64_t order = 0;
  RunId follows = 0;  // 0: none
  bool has_commits = false;
};

// Writer-confined; each call is part of its caller's transaction.
class SqliteRuns {
 public:
  explicit SqliteRuns(Database& database) : database_(database) {}

  // The run, stored now if it was not. `follows`: the run it follows; 0: none, or not known yet.
  [[nodiscard]] StatusOr<StoredRun> Put(int64_t device, RunId run, RunId follows);
  // The run that `next` follows. When nobody has named it before, it goes in front of that.
  [[nodiscard]] StatusOr<StoredRun> PutBefore(int64_t device, RunId run, const StoredRun& next);
  // A session names it: it is kept while its device may ask for it.
  [[nodiscard]] Status NoteNamed(const StoredRun& run, int64_t now_unix_ns);
  [[nodiscard]] Status NoteUncleanEnd(const StoredRun& run);
  // A record of it is stored. Two runs, each with a stored record, that follow the same run raise
  // an alert: its spool was copied.
  [[nodiscard]] Status NoteFirstCommit(int64_t device, const StoredRun& run, int64_t now_unix_ns);

 private:
  StatusOr<std::optional<StoredRun>> Find(int64_t device, RunId run);
  StatusOr<uint64_t> NextOrder(int64_t device, RunId follows);
  StatusOr<int64_t> NewKey(int64_t device);
  StatusOr<StoredRun> Insert(int64_t device, RunId run, RunId follows, uint64_t order);

  Database& database_;
};

}  // namespace godwit::collector
