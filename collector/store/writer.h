// The commit queue: everything that writes waits here, and what arrived while one transaction
// synced goes into the next. The cost of a sync is shared by all devices.
//
// A transaction writes whole pages, and devices share most of them. So deliveries that can wait are
// gathered: they go with the next call that cannot, with a full group, or some time after the
// previous group. The first one after a quiet time does not wait.
//
// A group is one transaction with a savepoint for each operation: an operation that fails undoes
// its own changes only. Operations of all kinds run in the order in which they were submitted; a
// session that is opened after a delivery sees it, even if both are of one group.
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

// The queue. Submit, OpenSession, Write and Read are thread-safe. Their `done` is called on the
// writer executor after the group is durable, or at once on the caller's thread if the queue is
// full.
//
// kUnavailable: the queue or the disk is full, nothing was done, and the caller may retry.
// kCancelled: the caller had gone, and nothing was done. Any other error is the operation's own
// (such as kNotFound), and its changes are undone; or the transaction failed, and the caller must
// not assume that anything of it is stored.
class Writer {
 public:
  using Delivered = std::function<void(StatusOr<Outcome>)>;
  using Opened = std::function<void(StatusOr<SessionAnswer>)>;
  template <typename Result>
  using Operation = std::function<Result(Store&, int64_t now_unix_ns)>;

  // Returns whether there is room for more; called on the writer executor, before each group.
  // Without room, deliveries are answered with kNoRoom, and all other writes with kUnavailable.
  using HasRoom = std::function<bool()>;
  Writer(Store& store, Executor& executor, const Clock& clock, Statistics& statistics,
         HasRoom has_room = nullptr);
  ~Writer();

  // Sets the observer, which outlives the writer. To be called before anything is written.
  void Observe(StoreObserver& observer) { observer_ = &observer; }
  // Sets how long after a group deliveries that can wait are gathered. To be called before anything
  // is written.
  void GatherFor(absl::Duration time) { gather_ = time; }
  // Commits what waits, and gathers no more: later calls are still committed, at once. To be called
  // on the writer executor. Calls that wait when the writer is destroyed are not answered.
  void Stop();

  // Sets the quotas of each device, called for each delivery; thread-safe. Null: no quotas. To be
  // called before anything is written.
  void LimitDevices(std::function<DeviceQuotas()> quotas) { quotas_ = std::move(quotas); }

  // Submits a delivery. It is committed even if its device has gone meanwhile, because the device
  // would have to send it again. With `can_wait` the answer may come later by up to the time of
  // GatherFor.
  void Submit(Delivery delivery, Delivered done, bool can_wait = false);
  // Makes the writer executor commit gathered deliveries without further delay. Returns at once.
  // Thread-safe.
  void Hurry();
  // Opens a session, which is a write.
  void OpenSession(SessionOpening opening, Opened done, CallerGone gone = nullptr);
  // Runs `operation`, which is one call of the store's functions; `bytes` is about what it holds in
  // memory. Result is a Status or a StatusOr; an error undoes what the operation did.
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
  // Runs an operation that changes nothing: it is answered while the disk is full, too.
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
  // Sets the timer and returns true if there is time left to gather in.
  bool Gathers();
  // Takes the next group. Returns whether more waits behind it.
  bool Take(Calls& calls);
  void CommitPending();
  bool CheckRoom();
  // Answers some of the calls without running them. Returns how many.
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
