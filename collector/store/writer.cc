#include "collector/store/writer.h"

#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "collector/limits.h"

namespace godwit::collector {

Writer::Writer(Store& store, Executor& executor, const Clock& clock)
    : store_(store), executor_(executor), clock_(clock) {}

int64_t Writer::Now() const {
  return absl::ToUnixNanos(clock_.Wall());
}

void Writer::Submit(Delivery delivery, Delivered done) {
  bool post = false;
  {
    const std::lock_guard lock(mutex_);
    pending_.push_back({std::move(delivery), std::move(done)});
    post = !std::exchange(commit_posted_, true);
  }
  if (post) executor_.Post([this] { CommitPending(); });
}

void Writer::OpenSession(SessionOpening opening, Opened done) {
  executor_.Post([this, opening = std::move(opening), done = std::move(done)]() mutable {
    CommitPending();
    opening.now_unix_ns = Now();
    done(store_.OpenSession(opening));
  });
}

void Writer::CommitPending() {
  GODWIT_CHECK_RUNS_ON(executor_);
  std::vector<Delivery> deliveries;
  std::vector<Delivered> callbacks;
  bool more = false;
  {
    const std::lock_guard lock(mutex_);
    while (!pending_.empty() && deliveries.size() < kCommitRecordsMax) {
      deliveries.push_back(std::move(pending_.front().delivery));
      callbacks.push_back(std::move(pending_.front().done));
      pending_.pop_front();
    }
    more = !pending_.empty();
    commit_posted_ = more;
  }
  if (deliveries.empty()) return;
  const auto outcomes = store_.Commit(deliveries, Now());
  if (!outcomes.ok() && !std::exchange(failing_, true)) LogError(Message(outcomes.status()));
  if (outcomes.ok() && std::exchange(failing_, false)) LogInfo("store: commits again");
  for (size_t i = 0; i < callbacks.size(); ++i) {
    if (outcomes.ok()) {
      callbacks[i]((*outcomes)[i]);
    } else {
      callbacks[i](outcomes.status());
    }
  }
  if (more) executor_.Post([this] { CommitPending(); });
}

}  // namespace godwit::collector
