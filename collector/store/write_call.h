// Defines a call in the commit queue: its effect on the store, and its answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "collector/statistics.h"
#include "collector/store/store.h"
#include "collector/store/store_observer.h"

namespace godwit::collector {

// Returns whether the caller has disconnected, so that nothing waits for the answer. Called on the
// writer executor before the call is run; such a call is refused with kCancelled. Thread-safe.
// Null: the caller never disconnects.
using CallerGone = std::function<bool()>;

struct CallTraits {
  size_t bytes = 0;         // the approximate memory that the call holds
  bool only_reads = false;  // true: it is also run while the disk is full
  bool can_wait = false;    // true: it may be delayed, so that more calls share its transaction
  CallerGone gone;
  std::string identity_of;  // the id of the device to report by StoreObserver::OnIdentity; or empty
  std::string state_of;     // the id of the device to report by StoreObserver::OnState; or empty
};

// A call. The queue owns it, and either runs it (Run, and after the commit Notify, Count, Finish)
// or does not (Refuse, or Finish alone). Writer-confined once it is queued. A full queue does not
// accept a call: then Finish is called on the caller's thread.
class WriteCall {
 public:
  explicit WriteCall(CallTraits traits) : traits_(std::move(traits)) {}
  virtual ~WriteCall() = default;

  const CallTraits& traits() const { return traits_; }
  bool Writes() const { return !traits_.only_reads; }
  bool IsAbandoned() const { return traits_.gone != nullptr && traits_.gone(); }

  // Reports the devices of the traits to the observer, which has to read them again.
  void Notify(StoreObserver& observer) const;

  // Runs the call within the group's transaction, in a savepoint of its own, and keeps the result.
  // An error rolls back this call only.
  virtual Status Run(Store& store, int64_t now_unix_ns) = 0;
  // Answers the caller, once and as the last function that is called: with the result, which may be
  // an error, if `group` is OK, else with `group`. `group` is the status of the whole transaction.
  // If `group` is an error, Run may not have been called.
  virtual void Finish(const Status& group) = 0;
  // Answers instead of Finish that the call is not run.
  virtual void Refuse(const Status& why) { Finish(why); }
  // Counts what the call committed. Called after a commit, also if this call has failed.
  virtual void Count(CommitStatistics&, Statistics&) const {}

 private:
  const CallTraits traits_;
};

// A call of any function, whose result is a Status or a StatusOr. Writer-confined once it is handed
// over.
template <typename Result>
class OperationCall final : public WriteCall {
 public:
  OperationCall(CallTraits traits, std::function<Result(Store&, int64_t)> operation,
                std::function<void(Result)> done)
      : WriteCall(std::move(traits)), operation_(std::move(operation)), done_(std::move(done)) {}

  Status Run(Store& store, int64_t now_unix_ns) override {
    result_.emplace(operation_(store, now_unix_ns));
    if constexpr (std::is_same_v<Result, Status>) {
      return *result_;
    } else {
      return result_->status();
    }
  }
  void Finish(const Status& group) override {
    if (!group.ok()) return done_(group);
    done_(*std::move(result_));
  }

 private:
  const std::function<Result(Store&, int64_t)> operation_;
  const std::function<void(Result)> done_;
  std::optional<Result> result_;
};

// A delivery of a device. A refused one is answered with Outcome::kNoRoom, so that the device keeps
// its record. Writer-confined once it is handed over.
class DeliveryCall final : public WriteCall {
 public:
  DeliveryCall(Delivery delivery, bool can_wait, std::function<void(StatusOr<Outcome>)> done);
  Status Run(Store& store, int64_t now_unix_ns) override;
  void Finish(const Status& group) override;
  void Refuse(const Status& why) override;
  void Count(CommitStatistics& commit, Statistics& statistics) const override;

 private:
  const std::vector<Delivery> delivery_;  // one
  const std::function<void(StatusOr<Outcome>)> done_;
  std::optional<StatusOr<Outcome>> outcome_;
};

// Return the approximate memory that these hold.
size_t BytesOf(const Delivery& delivery);
size_t BytesOf(const SessionOpening& opening);

}  // namespace godwit::collector
