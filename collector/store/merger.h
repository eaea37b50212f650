// Merges old records in the background: searches, decodes and encodes on an executor of its own,
// and makes the change itself on the writer's.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "collector/store/read_holds.h"
#include "collector/store/sqlite_merge_source.h"
#include "collector/store/sqlite_store.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::collector {

// Merges records. May be made on any thread; Start and Stop are called on `executor`. At the end,
// first call Stop, then end both executors, then destroy the merger.
class Merger {
 public:
  struct Dependencies {
    const Clock& clock;
    Executor& executor;  // may block
    Executor& writer;    // the store's
    // Returns whether the disk has room; called on the writer. Nothing is merged without room.
    // Null: there always is.
    std::function<bool()> has_room = nullptr;
  };
  // Records are merged when they have been in the store for `after`, which is called for each step,
  // on `executor`. Records of held devices wait.
  Merger(SqliteStore& store, std::unique_ptr<SqliteMergeSource> source, ReadHolds& holds,
         std::function<absl::Duration()> after, Dependencies dependencies);

  // Makes the first step at once; it may block.
  void Start();
  // Starts no further step. A step that the writer has already is still applied.
  void Stop();

 private:
  void Step();
  void Apply(std::vector<MergeStep> steps);
  void Again(absl::Duration delay);
  // Logs changes of state.
  void Note(const Status& status);

  SqliteStore& store_;
  const std::unique_ptr<SqliteMergeSource> source_;
  ReadHolds& holds_;
  const std::function<absl::Duration()> after_;
  const Dependencies deps_;
  bool failing_ = false;
  bool stopped_ = false;
  std::unique_ptr<Timer> timer_;
};

}  // namespace godwit::collector
