#include "tests/sim/sim_scheduler.h"

#include <algorithm>

namespace godwit::sim {

class SimExecutor::SimTimer final : public Timer {
 public:
  SimTimer(SimScheduler& scheduler, SimScheduler::TimerKey key)
      : scheduler_(scheduler), key_(key) {}
  ~SimTimer() override { scheduler_.timers_.erase(key_); }

 private:
  SimScheduler& scheduler_;
  SimScheduler::TimerKey key_;
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
  const SimScheduler::TimerKey key{scheduler_.now_ + std::max(delay, absl::ZeroDuration()),
                                   scheduler_.timers_made_++};
  scheduler_.timers_.emplace(key, SimScheduler::Due{this, std::move(task)});
  return std::make_unique<SimTimer>(scheduler_, key);
}

void SimScheduler::After(absl::Duration delay, Executor::Task task) {
  timers_.emplace(TimerKey{now_ + delay, timers_made_++}, Due{nullptr, std::move(task)});
}

bool SimScheduler::Step(absl::Duration end) {
  std::vector<SimExecutor*> ready;
  for (SimExecutor* executor : executors_) {
    if (!executor->ready_.empty()) ready.push_back(executor);
  }
  if (!ready.empty()) {
    SimExecutor& chosen = *ready[Draw() % ready.size()];
    Executor::Task task = std::move(chosen.ready_.front());
    chosen.ready_.pop_front();
    task();
    return true;
  }
  if (timers_.empty() || timers_.begin()->first.first > end) return false;
  const auto first = timers_.begin();
  now_ = std::max(now_, first->first.first);
  Due due = std::move(first->second);
  timers_.erase(first);
  due.task();
  return true;
}

void SimScheduler::RunFor(absl::Duration span) {
  const absl::Duration end = now_ + span;
  while (Step(end)) {
  }
  now_ = end;
}

bool SimScheduler::RunUntil(const std::function<bool()>& done, absl::Duration limit) {
  const absl::Duration end = now_ + limit;
  while (!done()) {
    if (!Step(end)) return done();
  }
  return true;
}

}  // namespace godwit::sim
