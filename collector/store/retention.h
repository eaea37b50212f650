// Keeps a store within its retention: checks it every minute, and removes a little at a time, so
// that commits do not wait for it.
//
// On a filling disk it also removes the oldest records until the reserve is free again, but none
// younger than `min_age`: then new data is refused.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "collector/statistics.h"
#include "collector/store/store.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::collector {

struct RetentionRules {
  Retention keep;
  absl::Duration min_age = absl::ZeroDuration();
};

// Returns what is kept, and what had to be removed early: "90d, 50GiB".
std::string RetentionText(const RetentionRules& rules, const Statistics& statistics);

// Removes records. Made anywhere before `writer` runs; then writer-confined.
class RetentionKeeper {
 public:
  struct Dependencies {
    Executor& writer;
    const Clock& clock;
    Statistics& statistics;
    std::function<bool()> has_room = nullptr;  // on the writer; null: there always is
  };
  // `rules` is called each time, because they may change.
  RetentionKeeper(Store& store, std::function<RetentionRules()> rules, Dependencies dependencies);

  void Start();
  // Makes the next check now, because the disk is full.
  void Hurry();

 private:
  // Why records are removed. In each check the first reason that applies.
  enum class Reason { kRule, kDisk };
  // The last logged state of the disk.
  enum class Disk { kHasRoom, kIsFreed, kIsFull };

  void Check();
  size_t Prune(Reason reason);
  void Note(Disk disk);

  Store& store_;
  const std::function<RetentionRules()> rules_;
  const Dependencies deps_;
  uint64_t removed_ = 0;  // since it last had nothing to do
  Disk disk_ = Disk::kHasRoom;
  bool hurries_ = false;
  std::unique_ptr<Timer> timer_;
};

}  // namespace godwit::collector
