#include "collector/store/writer.h"

#include <cstdint>

#include "base/check.h"
#include "base/log.h"
#include "base/mutex.h"
#include "collector/limits.h"

namespace godwit::collector {
namespace {

Status QueueFull() {
  return Error(StatusCode::kUnavailable,
               "the collector has too many writes waiting; try again later");
}

Status DiskFull() {
  return Error(StatusCode::kUnavailable,
               "the collector's disk is full: less than store.reserve_free of it is free");
}

}  // namespace

Writer::Writer(Store& store, Executor& executor, const Clock& clock, Statistics& statistics,
               HasRoom has_room)
    : store_(store),
      executor_(executor),
      clock_(clock),
      statistics_(statistics),
      has_room_(std::move(has_room)) {}

Writer::~Writer() = default;

int64_t Writer::Now() const {
  return absl::ToUnixNanos(clock_.Wall());
}

void Writer::Submit(Delivery delivery, Delivered done, bool can_wait) {
  if (quotas_ != nullptr) delivery.quotas = quotas_();
  Put(std::make_unique<DeliveryCall>(std::move(delivery), can_wait, std::move(done)));
}

void Writer::OpenSession(SessionOpening opening, Opened done, CallerGone gone) {
  CallTraits traits{
      .bytes = BytesOf(opening), .gone = std::move(gone), .identity_of = opening.device.device_id};
  Write<StatusOr<SessionAnswer>>(
      std::move(traits),
      [opening = std::move(opening)](Store& store, int64_t now_unix_ns) mutable {
        opening.now_unix_ns = now_unix_ns;
        return store.OpenSession(opening);
      },
      std::move(done));
}

void Writer::Put(std::unique_ptr<WriteCall> call) {
  bool post = false;
  {
    const MutexLock lock(mutex_);
    const size_t bytes = call->traits().bytes;
    if (pending_.size() < kQueueOperationsMax && pending_bytes_ + bytes <= kQueueBytesMax) {
      const bool can_wait = call->traits().can_wait;
      pending_bytes_ += bytes;
      pending_.push_back(std::move(call));
      const bool is_full =
          pending_.size() >= kCommitOperationsMax || pending_bytes_ >= kCommitBytesMax;
      const bool hurry = (!can_wait || is_full) && !std::exchange(hurries_, true);
      post = !std::exchange(commit_posted_, true) || hurry;
    }
  }
  if (call != nullptr) {
    statistics_.NoteRefusal("queue full");
    return call->Finish(QueueFull());
  }
  if (post) executor_.Post([this] { CommitPending(); });
}

void Writer::Hurry() {
  {
    const MutexLock lock(mutex_);
    if (pending_.empty() || std::exchange(hurries_, true)) return;
  }
  executor_.Post([this] { CommitPending(); });
}

bool Writer::Take(Calls& calls) {
  size_t bytes = 0;
  const MutexLock lock(mutex_);
  while (!pending_.empty() && calls.size() < kCommitOperationsMax) {
    const size_t more = pending_.front()->traits().bytes;
    if (!calls.empty() && bytes + more > kCommitBytesMax) break;
    bytes += more;
    calls.push_back(std::move(pending_.front()));
    pending_.pop_front();
  }
  pending_bytes_ -= bytes;
  commit_posted_ = hurries_ = !pending_.empty();
  return commit_posted_;
}

bool Writer::Gathers() {
  const absl::Duration left = group_at_ + gather_ - clock_.Boot();
  if (left <= absl::ZeroDuration()) return false;
  const MutexLock lock(mutex_);
  if (hurries_ || pending_.empty()) return false;
  timer_ = executor_.PostAfter(left, [this] { CommitPending(); });
  return true;
}

void Writer::Stop() {
  gather_ = absl::ZeroDuration();
  CommitPending();
}

void Writer::CommitPending() {
  GODWIT_CHECK_RUNS_ON(executor_);
  if (Gathers()) return;
  timer_.reset();
  Calls calls;
  const bool more = Take(calls);
  if (calls.empty()) return;  // they went with one that could not wait
  group_at_ = clock_.Boot();
  Answer(calls, &WriteCall::IsAbandoned, Error(StatusCode::kCancelled, "the caller disconnected"));
  if (!CheckRoom()) {
    statistics_.NoteRefusal("store full", Answer(calls, &WriteCall::Writes, DiskFull()));
  }
  const Status status = calls.empty() ? absl::OkStatus() : Run(calls);
  for (const auto& call : calls) call->Finish(status);
  // Behind what was posted meanwhile: merging and retention have their turns between two groups.
  if (more) executor_.Post([this] { CommitPending(); });
}

size_t Writer::Answer(Calls& calls, bool (WriteCall::*which)() const, const Status& why) {
  return std::erase_if(calls, [&](const std::unique_ptr<WriteCall>& call) {
    if (!(*call.*which)()) return false;
    call->Refuse(why);
    return true;
  });
}

bool Writer::CheckRoom() {
  const bool full = has_room_ != nullptr && !has_room_();
  if (full != std::exchange(full_, full)) {
    statistics_.SetStoreFull(full);
    if (full) {
      LogError("store: less than store.reserve_free of its disk is free: devices keep their data");
    } else {
      LogInfo("store: the disk has room again");
    }
  }
  return !full;
}

Status Writer::Run(const Calls& calls) {
  const absl::Duration begin = clock_.Boot();
  const int64_t now = Now();
  std::vector<StoreOperation> operations;
  bool writes = false;
  for (const auto& call : calls) {
    writes |= call->Writes();
    operations.push_back([&call, now](Store& store) { return call->Run(store, now); });
  }
  const auto results = store_.Write(operations);
  Note(results.status());
  if (!results.ok()) return results.status();
  // A call that the store could not execute; what else it says of one is the caller's.
  for (const Status& result : *results) {
    if (absl::IsInternal(result) || absl::IsDataLoss(result)) LogError(Message(result));
  }
  if (!writes) return absl::OkStatus();
  if (observer_ != nullptr) {
    for (const auto& call : calls) call->Notify(*observer_);
  }
  CommitStatistics commit{.commits = 1};
  for (const auto& call : calls) call->Count(commit, statistics_);
  statistics_.NoteCommit(now, commit, absl::ToDoubleSeconds(clock_.Boot() - begin));
  return absl::OkStatus();
}

void Writer::Note(const Status& status) {
  const bool failed = !status.ok();
  if (failed && !failing_) LogError(Message(status));
  if (!failed && failing_) LogInfo("store: commits work again");
  failing_ = failed;
}

}  // namespace godwit::collector
