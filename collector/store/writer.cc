#include "collector/store/writer.h"

#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "collector/limits.h"

namespace godwit::collector {

Writer::Writer(Store& store, Executor& executor, const Clock& clock, Figures& figures,
               HasRoom has_room)
    : store_(store),
      executor_(executor),
      clock_(clock),
      figures_(figures),
      has_room_(std::move(has_room)) {}

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

void Writer::Ask(std::function<void(Store&, int64_t)> ask) {
  executor_.Post([this, ask = std::move(ask)] {
    CommitPending();
    ask(store_, Now());
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
  const auto outcomes = Commit(deliveries);
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

StatusOr<std::vector<Outcome>> Writer::Commit(const std::vector<Delivery>& deliveries) {
  const bool full = has_room_ != nullptr && !has_room_();
  if (full != std::exchange(full_, full)) {
    figures_.SetStoreFull(full);
    if (full) {
      LogError("store: less than store.reserve_free of its disk is free: devices keep their data");
    } else {
      LogInfo("store: there is room again");
    }
  }
  if (full) {
    figures_.NoteRefusal("store full", deliveries.size());
    return std::vector<Outcome>(deliveries.size(), Outcome::kNoRoom);
  }
  const absl::Duration begin = clock_.Boot();
  auto outcomes = store_.Commit(deliveries, Now());
  if (outcomes.ok()) Count(deliveries, *outcomes, clock_.Boot() - begin);
  return outcomes;
}

void Writer::Count(const std::vector<Delivery>& deliveries, const std::vector<Outcome>& outcomes,
                   absl::Duration took) {
  CommitFigures commit{.commits = 1};
  for (size_t i = 0; i < deliveries.size(); ++i) {
    if (!deliveries[i].record) continue;
    const IncomingRecord& record = *deliveries[i].record;
    switch (outcomes[i]) {
      case Outcome::kCommitted:
        ++commit.records;
        commit.samples += record.samples;
        commit.batch_bytes += record.batch.size();
        break;
      case Outcome::kDuplicate:
        ++commit.duplicates;
        break;
      case Outcome::kConflict:
        figures_.NoteRefusal("conflict");
        break;
      case Outcome::kUnknownTable:
        figures_.NoteRefusal("unknown table");
        break;
      case Outcome::kMalformed:
        figures_.NoteRefusal("malformed");
        break;
      case Outcome::kNoRoom:
        break;  // counted where it was found
    }
  }
  figures_.NoteCommit(Now(), commit, absl::ToDoubleSeconds(took));
}

}  // namespace godwit::collector
