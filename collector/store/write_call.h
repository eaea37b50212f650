// A call in the commit queue: its effect on the store, and its answer.
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

// Returns whether the caller has gone, so that nothing waits for the answer. Thread-safe; called on
// the writer executor before the call has its turn. Null: the caller stays.
using CallerGone = std::function<bool()>;

struct CallTraits {
  size_t bytes = 0;  // about what the call holds in memory
  bool only_reads = false;
  bool can_wait = false;  // for others to share its transaction: nothing is blocked by it
  CallerGone gone;
  // The devices whose data for a StoreObserver it may change; empty: none.
  std::string identity_of;
  std::string state_of;
};

// A call. Handed from the caller's thread to the writer executor, and confined to that.
class WriteCall {
 public:
  explicit WriteCall(CallTraits traits) : traits_(std::move(traits)) {}
  virtual ~WriteCall() = default;

  const CallTraits& traits() const { return traits_; }
  bool Writes() const { return !traits_.only_reads; }
  bool IsAbandoned() const { return traits_.gone != nullptr && traits_.gone(); }

  // Notifies the observer of what it has to read again.
  void Notify(StoreObserver& observer) const;

  // Runs the call within the group's transaction, and keeps the result.
  virtual Status Run(Store& store, int64_t now_unix_ns) = 0;
  // Answers the caller, once and last: with the result if `group` is OK, else with `group`.
  virtual void Finish(const Status& group) = 0;
  // Answers, once and last, that the call was not run.
  virtual void Refuse(const Status& why) { Finish(why); }
  // Counts what was committed.
  virtual void Count(CommitStatistics&, Statistics&) const {}

 private:
  const CallTraits traits_;
};

// Writer-confined, once it is handed over.
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

// A delivery of a device. Writer-confined, once it is handed over.
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
