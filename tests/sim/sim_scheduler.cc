#include "tests/sim/sim_scheduler.h"

#include <algorithm>

namespace godwit::sim {

class SimExecutor::SimTimer final : public Timer {
 public:
  SimTimer(SimScheduler& scheduler, std::shared_ptr<SimScheduler::TimerKey> key)
      : scheduler_(scheduler), key_(std::move(key)) {}
  ~SimTimer() override { scheduler_.timers_.erase(*key_); }

 private:
  SimScheduler& scheduler_;
  std::shared_ptr<SimScheduler::TimerKey> key_;
};

SimExecutor::SimExecutor(SimScheduler& scheduler) : scheduler_(scheduler) {
  scheduler_.executors_.push_back(this);
}

SimExecutor::~SimExecutor() {
  std::erase(scheduler_.executors_, this);
  std::erase_if(scheduler_.timers_,
                [&](const auto& timer) { return timer.second.executor == this; });
}

std::unique_ptr<Timer> SimExecutor::PostAfter(absl::Duration delay, Task task) {
  auto key = std::make_shared<SimScheduler::TimerKey>(
      scheduler_.now_ + std::max(delay, absl::ZeroDuration()), scheduler_.timers_made_++);
  scheduler_.timers_.emplace(*key, SimScheduler::Due{this, std::move(task), key});
  return std::make_unique<SimTimer>(scheduler_, std::move(key));
}

void SimExecutor::SuspendFor(absl::Duration span) {
  suspended_until_ = std::max(suspended_until_, scheduler_.now_ + span);
  // So that there is a moment at which it continues.
  scheduler_.After(span, [] {});
}

void SimScheduler::After(absl::Duration delay, Executor::Task task) {
  timers_.emplace(TimerKey{now_ + delay, timers_made_++}, Due{nullptr, std::move(task), nullptr});
}

bool SimScheduler::Step(absl::Duration end) {
  ready_.clear();
  for (SimExecutor* executor : executors_) {
    if (!executor->ready_.empty() && executor->Runs(now_)) {
      ready_.push_back(executor);
    }
  }
  if (!ready_.empty()) {
    const size_t choice = ready_.size() == 1 ? 0 : Draw() % ready_.size();
    SimExecutor& chosen = *ready_[choice];
    Executor::Task task = std::move(chosen.ready_.front());
    chosen.ready_.pop_front();
    Note(choice + 1);
    task();
    return true;
  }
  if (timers_.empty() || timers_.begin()->first.first > end) return false;
  const auto first = timers_.begin();
  now_ = std::max(now_, first->first.first);
  Due due = std::move(first->second);
  timers_.erase(first);
  if (due.executor != nullptr && !due.executor->Runs(now_)) {
    // It fires when the executor continues.
    constexpr absl::Duration kPollInterval = absl::Milliseconds(10);
    *due.key = {std::max(due.executor->suspended_until_, now_ + kPollInterval), timers_made_++};
    const TimerKey key = *due.key;
    timers_.emplace(key, std::move(due));
    return true;
  }
  Note(static_cast<uint64_t>(absl::ToInt64Nanoseconds(now_)));
  if (due.executor != nullptr) due.executor->Wake();
  due.task();
  return true;
}

bool SimScheduler::StepOutside(absl::Duration end) {
  if (thrown_inside_ == nullptr && !Step(end)) return false;
  if (thrown_inside_ != nullptr) std::rethrow_exception(std::exchange(thrown_inside_, nullptr));
  return true;
}

void SimScheduler::RunTo(absl::Duration end) {
  while (StepOutside(end)) {
  }
  now_ = std::max(now_, end);
}

void SimScheduler::PassInside(absl::Duration span, SimExecutor& blocked) {
  const absl::Duration end = now_ + span;
  blocked.blocked_ = true;
  try {
    while (thrown_inside_ == nullptr && Step(end)) {
    }
  } catch (...) {
    thrown_inside_ = std::current_exception();
  }
  if (thrown_inside_ == nullptr) now_ = std::max(now_, end);
  blocked.blocked_ = false;
}

bool SimScheduler::RunUntil(const std::function<bool()>& done, absl::Duration limit) {
  const absl::Duration end = now_ + limit;
  while (!done()) {
    if (!StepOutside(end)) return done();
  }
  return true;
}

}  // namespace godwit::sim
