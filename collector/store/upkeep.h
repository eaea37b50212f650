// Does in the background what a store leaves for later, a little at a time between two commits:
// what an upgrade left to fill in, times of a clock that has become known, and dropping what
// nothing uses any more.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "collector/store/sqlite_store.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::collector {

// Made anywhere before `writer` runs it; then writer-confined.
class Upkeep {
 public:
  struct Dependencies {
    Executor& writer;
    const Clock& clock;
    std::function<bool()> has_room = nullptr;  // on the writer; null: there always is
  };
  // What nobody has named for `keep`, which is asked each time, is dropped.
  Upkeep(SqliteStore& store, std::function<absl::Duration()> keep, Dependencies dependencies);

  void Start();

 private:
  void Step();
  // Whether there is more to do at once.
  StatusOr<bool> Work();
  Status TidyNext();
  // Logs what changes.
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
