// Does the store's background work, a little at a time between commits: what a migration left to
// fill in, correcting times of a clock that has become known, and dropping unused rows.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "collector/store/sqlite_store.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::collector {

// Does the work. Made anywhere before `writer` runs it; then writer-confined.
class Upkeep {
 public:
  struct Dependencies {
    Executor& writer;
    const Clock& clock;
    std::function<bool()> has_room = nullptr;  // on the writer; null: there always is
  };
  // Rows that were not named for `keep` are dropped; `keep` is called each time.
  Upkeep(SqliteStore& store, std::function<absl::Duration()> keep, Dependencies dependencies);

  void Start();

 private:
  void Step();
  // Returns whether there is more to do at once.
  StatusOr<bool> Work();
  Status TidyNext();
  // Logs changes of state.
  void Note(const Status& status);

  SqliteStore& store_;
  const std::function<absl::Duration()> keep_;
  const Dependencies deps_;
  int64_t tidied_ = 0;         // the device
  absl::Duration tidied_at_;   // on the boot clock
  bool is_filled_in_ = false;  // since the store was opened
  bool failing_ = false;
  std::unique_ptr<Timer> timer_;
};

}  // namespace godwit::collector
