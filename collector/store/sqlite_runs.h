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

// The runs. Writer-confined; each call is part of its caller's transaction.
class SqliteRuns {
 public:
  explicit SqliteRuns(Database& database) : database_(database) {}

  // Returns the run, after storing it if it was not there. `follows` is the run it follows; 0:
  // none, or not known yet.
  [[nodiscard]] StatusOr<StoredRun> Put(int64_t device, RunId run, RunId follows);
  // Returns the run that `next` follows, after storing it before that if it was not there.
  [[nodiscard]] StatusOr<StoredRun> PutBefore(int64_t device, RunId run, const StoredRun& next);
  // Records that a session names the run: it is kept while its device may ask for it.
  [[nodiscard]] Status NoteNamed(const StoredRun& run, int64_t now_unix_ns);
  [[nodiscard]] Status NoteUncleanEnd(const StoredRun& run);
  // Records that a record of the run is stored. Two runs, each with a stored record, that follow
  // the same run raise an alert: its spool was copied.
  [[nodiscard]] Status NoteFirstCommit(int64_t device, const StoredRun& run, int64_t now_unix_ns);

 private:
  StatusOr<std::optional<StoredRun>> Find(int64_t device, RunId run);
  StatusOr<uint64_t> NextOrder(int64_t device, RunId follows);
  StatusOr<int64_t> NewKey(int64_t device);
  StatusOr<StoredRun> Insert(int64_t device, RunId run, RunId follows, uint64_t order);

  Database& database_;
};

}  // namespace godwit::collector
