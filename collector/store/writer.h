// The commit queue: everything that writes waits here, and what arrived while one transaction
// synced goes into the next. The cost of a sync is shared by all devices.
//
// A transaction writes whole pages, and devices share most of them. So deliveries that can wait are
// gathered: they go with the next call that cannot, with a full group, or some time after the group
// before. The first one after a quiet time does not wait.
//
// A group is one transaction with a savepoint for each operation: an operation that fails takes
// back what it did itself, and no other. Operations run in the order in which they were submitted,
// whatever kind they are of; a session that is opened after a delivery sees it, also when both are
// of one group.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "collector/statistics.h"
#include "collector/store/store.h"
#include "collector/store/store_observer.h"
#include "collector/store/write_call.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::collector {

// Submit, OpenSession, Write and Read are thread-safe. Their `done` comes on the writer executor
// after the group is durable, or at once on the caller's thread when the queue is full.
//
// kUnavailable: the queue or the disk is full, nothing was done, and the caller may come again.
// kCancelled: the caller had gone. Any other error: the store failed, and nothing of this is known
// to be stored.
class Writer {
 public:
  using Delivered = std::function<void(StatusOr<Outcome>)>;
  using Opened = std::function<void(StatusOr<SessionAnswer>)>;
  template <typename Result>
  using Operation = std::function<Result(Store&, int64_t now_unix_ns)>;

  // Whether there is room for more; on the writer executor, before each group. While there is none,
  // deliveries are answered with kNoRoom, and all else that writes with kUnavailable.
  using HasRoom = std::function<bool()>;
  Writer(Store& store, Executor& executor, const Clock& clock, Statistics& statistics,
         HasRoom has_room = nullptr);
  ~Writer();

  // Before anything is written; the observer outlives the writer.
  void Observe(StoreObserver& observer) { observer_ = &observer; }
  // Before anything is written: how long after a group deliveries that can wait are gathered.
  void GatherFor(absl::Duration time) { gather_ = time; }
  // On the writer executor: commits what waits, and gathers no more.
  void Stop();

  // What each device may have in the store, asked for each delivery; before anything is written.
  // Null: as much as it likes. Thread-safe.
  void LimitDevices(std::function<DeviceQuotas()> quotas) { quotas_ = std::move(quotas); }

  // Never skipped: what a device has sent over its link need not be sent again. One that can wait
  // is answered up to the time of GatherFor later.
  void Submit(Delivery delivery, Delivered done, bool can_wait = false);
  // Thread-safe: what waits to be gathered does not wait any more.
  void Hurry();
  void OpenSession(SessionOpening opening, Opened done, CallerGone gone = nullptr);
  // `operation` is one call of the store's functions; `bytes` is about what it holds in memory.
  // Result is a Status or a StatusOr; an error takes back what the operation did.
  template <typename Result>
  void Write(size_t bytes, Operation<Result> operation,
             std::type_identity_t<std::function<void(Result)>> done, CallerGone gone = nullptr) {
    Write<Result>(CallTraits{.bytes = bytes, .gone = std::move(gone)}, std::move(operation),
                  std::move(done));
  }
  template <typename Result>
  void Write(CallTraits traits, Operation<Result> operation,
             std::type_identity_t<std::function<void(Result)>> done) {
    Put(std::make_unique<OperationCall<Result>>(std::move(traits), std::move(operation),
                                                std::move(done)));
  }
  // The same for what changes nothing: it is answered while the disk is full, too.
  template <typename Result>
  void Read(Operation<Result> operation, std::type_identity_t<std::function<void(Result)>> done,
            CallerGone gone = nullptr) {
    Put(std::make_unique<OperationCall<Result>>(
        CallTraits{.only_reads = true, .gone = std::move(gone)}, std::move(operation),
        std::move(done)));
  }

 private:
  using Calls = std::vector<std::unique_ptr<WriteCall>>;

  void Put(std::unique_ptr<WriteCall> call);
  // Sets the timer, and returns true, when there is time left to gather in.
  bool Gathers();
  // The next group; whether more waits behind it.
  bool Take(Calls& calls);
  void CommitPending();
  bool CheckRoom();
  // Answers some of the calls without running them, and returns how many.
  static size_t Answer(Calls& calls, bool (WriteCall::*which)() const, const Status& why);
  Status Run(const Calls& calls);
  void Note(const Status& status);
  int64_t Now() const;

  Store& store_;
  Executor& executor_;
  const Clock& clock_;
  Statistics& statistics_;
  const HasRoom has_room_;
  StoreObserver* observer_ = nullptr;
  std::function<DeviceQuotas()> quotas_;
  absl::Duration gather_ = absl::ZeroDuration();
  Mutex mutex_;
  std::deque<std::unique_ptr<WriteCall>> pending_ ABSL_GUARDED_BY(mutex_);
  size_t pending_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool commit_posted_ ABSL_GUARDED_BY(mutex_) = false;   // or a timer runs
  bool hurries_ ABSL_GUARDED_BY(mutex_) = false;         // one of these cannot wait
  absl::Duration group_at_ = -absl::InfiniteDuration();  // writer-confined: when the last one began
  std::unique_ptr<Timer> timer_;                         // likewise
  bool failing_ = false;                                 // writer-confined
  bool full_ = false;                                    // likewise
};

}  // namespace godwit::collector
