// Groups what arrived into one commit: while one transaction syncs, the next gathers. So the cost
// of a sync is shared by all devices, and nobody waits for a timer.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "collector/store/store.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::collector {

// Submit and OpenSession are thread-safe; their callbacks come on the writer executor. Both keep
// their order: a session opened after a delivery sees it.
class Writer {
 public:
  using Delivered = std::function<void(StatusOr<Outcome>)>;
  using Opened = std::function<void(StatusOr<SessionAnswer>)>;

  Writer(Store& store, Executor& executor, const Clock& clock);

  void Submit(Delivery delivery, Delivered done);
  void OpenSession(SessionOpening opening, Opened done);

 private:
  struct Pending {
    Delivery delivery;
    Delivered done;
  };

  void CommitPending();
  int64_t Now() const;

  Store& store_;
  Executor& executor_;
  const Clock& clock_;
  std::mutex mutex_;
  std::deque<Pending> pending_;  // guarded by mutex_
  bool commit_posted_ = false;   // guarded by mutex_
  bool failing_ = false;         // writer-confined
};

}  // namespace godwit::collector
