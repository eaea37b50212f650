// The seeded world's heart: virtual time and every executor in it, on one real thread. What is
// ready at the same moment runs in an order drawn from the seed, but each executor keeps the order
// of its posts.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "absl/time/time.h"
#include "platform/clock.h"
#include "platform/executor.h"
#include "platform/random.h"

namespace godwit::sim {

class SimExecutor;

class SimScheduler {
 public:
  explicit SimScheduler(uint64_t seed) : random_(seed) {}

  absl::Duration now() const { return now_; }
  uint64_t Draw() { return random_(); }

  // Runs `task` once, `delay` from now, on no executor: the world itself.
  void After(absl::Duration delay, Executor::Task task);
  // Runs everything that becomes ready until `span` has passed.
  void RunFor(absl::Duration span);
  // Until `done` holds, but at most `limit`; whether it holds.
  bool RunUntil(const std::function<bool()>& done, absl::Duration limit);

 private:
  friend class SimExecutor;
  using TimerKey = std::pair<absl::Duration, uint64_t>;
  struct Due {
    SimExecutor* executor;
    Executor::Task task;
  };

  // One ready task, or time moves to the next timer; false when nothing is left before `end`.
  bool Step(absl::Duration end);

  std::mt19937_64 random_;
  absl::Duration now_ = absl::Hours(1);  // since boot
  std::vector<SimExecutor*> executors_;
  std::map<TimerKey, Due> timers_;
  uint64_t timers_made_ = 0;
};

// The twin of UvLoop and ThreadExecutor.
class SimExecutor final : public Executor {
 public:
  explicit SimExecutor(SimScheduler& scheduler);
  ~SimExecutor() override;

  void Post(Task task) override { ready_.push_back(std::move(task)); }
  std::unique_ptr<Timer> PostAfter(absl::Duration delay, Task task) override;
  bool IsCurrent() const override { return true; }

 private:
  friend class SimScheduler;
  class SimTimer;
  SimScheduler& scheduler_;
  std::deque<Task> ready_;
};

// Wall time is boot time plus an offset that tests may change.
class SimClock final : public Clock {
 public:
  explicit SimClock(SimScheduler& scheduler) : scheduler_(scheduler) {}
  absl::Duration Boot() const override { return scheduler_.now(); }
  absl::Time Wall() const override { return epoch_ + scheduler_.now(); }
  bool WallSynchronised() const override { return synchronised_; }

  void Step(absl::Duration by) { epoch_ += by; }
  void SetSynchronised(bool synchronised) { synchronised_ = synchronised; }

 private:
  SimScheduler& scheduler_;
  absl::Time epoch_ = absl::FromUnixSeconds(1'790'000'000);
  bool synchronised_ = true;
};

class SimRandom final : public Random {
 public:
  explicit SimRandom(SimScheduler& scheduler) : scheduler_(scheduler) {}
  uint64_t Next() override { return scheduler_.Draw(); }

 private:
  SimScheduler& scheduler_;
};

}  // namespace godwit::sim
