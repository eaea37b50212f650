// Groups what arrived into one commit: while one transaction syncs, the next gathers. So the cost
// of a sync is shared by all devices, and nobody waits for a timer.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "collector/figures.h"
#include "collector/store/store.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::collector {

// Submit, OpenSession and Ask are thread-safe; their callbacks come on the writer executor. They
// keep their order: a session opened after a delivery sees it.
class Writer {
 public:
  using Delivered = std::function<void(StatusOr<Outcome>)>;
  using Opened = std::function<void(StatusOr<SessionAnswer>)>;

  // Says whether there is room for more; on the writer executor, before each commit.
  using HasRoom = std::function<bool()>;
  Writer(Store& store, Executor& executor, const Clock& clock, Figures& figures,
         HasRoom has_room = nullptr);

  void Submit(Delivery delivery, Delivered done);
  void OpenSession(SessionOpening opening, Opened done);
  // `ask` runs on the writer executor, behind what was submitted before.
  void Ask(std::function<void(Store&, int64_t now_unix_ns)> ask);

 private:
  struct Pending {
    Delivery delivery;
    Delivered done;
  };

  void CommitPending();
  StatusOr<std::vector<Outcome>> Commit(const std::vector<Delivery>& deliveries);
  void Count(const std::vector<Delivery>& deliveries, const std::vector<Outcome>& outcomes,
             absl::Duration took);
  int64_t Now() const;

  Store& store_;
  Executor& executor_;
  const Clock& clock_;
  Figures& figures_;
  const HasRoom has_room_;
  std::mutex mutex_;
  std::deque<Pending> pending_;  // guarded by mutex_
  bool commit_posted_ = false;   // guarded by mutex_
  bool failing_ = false;         // writer-confined
  bool full_ = false;            // likewise
};

}  // namespace godwit::collector
