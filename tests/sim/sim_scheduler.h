// The seeded world's heart: virtual time and every executor in it, on one real thread. What is
// ready at the same moment runs in an order drawn from the seed, but each executor keeps the order
// of its posts.
#pragma once

#include <deque>
#include <exception>
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
  // True in so many of a thousand.
  bool Chance(uint64_t permille) { return Draw() % 1000 < permille; }
  // Up to `max`, in steps of a thousandth.
  absl::Duration DrawUpTo(absl::Duration max) { return max * (Draw() % 1001) / 1000; }

  // Runs `task` once, `delay` from now, on no executor: the world itself.
  void After(absl::Duration delay, Executor::Task task);
  // Runs everything that becomes ready until `span` has passed. What a task throws passes through;
  // calling it again continues.
  void RunFor(absl::Duration span) { RunTo(now_ + span); }
  void RunTo(absl::Duration end);
  // Lets a task of `blocked`, which calls it, take `span`. Everything else continues meanwhile,
  // other tasks of that executor excepted. What is thrown meanwhile ends it early, and passes
  // through the outer call once that task has returned.
  void PassInside(absl::Duration span, SimExecutor& blocked);
  // Until `done` holds, but at most `limit`; whether it holds.
  bool RunUntil(const std::function<bool()>& done, absl::Duration limit);

  // Mixes an event into the history. Equal for equal histories: two runs of one seed must agree.
  void Note(uint64_t event) { history_ = (history_ ^ event) * 0x100000001b3 + (history_ >> 29); }
  uint64_t history() const { return history_; }

 private:
  friend class SimExecutor;
  using TimerKey = std::pair<absl::Duration, uint64_t>;
  struct Due {
    SimExecutor* executor;
    Executor::Task task;
    std::shared_ptr<TimerKey> key;  // where it stands now
  };

  // One ready task, or time moves to the next timer; false when nothing is left before `end`.
  bool Step(absl::Duration end);
  bool StepOutside(absl::Duration end);

  std::mt19937_64 random_;
  absl::Duration now_ = absl::Hours(1);  // since boot
  std::vector<SimExecutor*> executors_;
  std::map<TimerKey, Due> timers_;
  uint64_t timers_made_ = 0;
  uint64_t history_ = 0xcbf29ce484222325;
  std::vector<SimExecutor*> ready_;
  std::exception_ptr thrown_inside_;
};

// The twin of UvLoop and ThreadExecutor.
class SimExecutor final : public Executor {
 public:
  explicit SimExecutor(SimScheduler& scheduler);
  ~SimExecutor() override;

  void Post(Task task) override {
    Wake();
    ready_.push_back(std::move(task));
  }
  void PostLazily(Task task) override { lazy_.push_back(std::move(task)); }
  std::unique_ptr<Timer> PostAfter(absl::Duration delay, Task task) override;
  bool IsCurrent() const override { return true; }

  // Runs nothing until then: a machine that sleeps, a disk that takes seconds.
  void SuspendFor(absl::Duration span);

 private:
  friend class SimScheduler;
  class SimTimer;

  void Wake() {
    for (Task& waiting : std::exchange(lazy_, {})) ready_.push_back(std::move(waiting));
  }

  SimScheduler& scheduler_;
  std::deque<Task> ready_;
  std::deque<Task> lazy_;  // run when it next wakes
  bool Runs(absl::Duration now) const { return !blocked_ && suspended_until_ <= now; }

  absl::Duration suspended_until_ = absl::ZeroDuration();
  bool blocked_ = false;  // by the task that it runs
};

// Wall time is boot time, drifting, plus an offset that steps.
class SimClock final : public Clock {
 public:
  explicit SimClock(SimScheduler& scheduler) : scheduler_(scheduler) {}
  absl::Duration Boot() const override { return scheduler_.now(); }
  absl::Time Wall() const override {
    return epoch_ + scheduler_.now() + (scheduler_.now() - drifts_since_) * drift_ppm_ / 1'000'000;
  }
  TimeSource WallSource() const override {
    return synchronised_ ? TimeSource::kKernel : TimeSource::kNone;
  }

  static constexpr absl::Duration kLieMin = absl::Milliseconds(50);
  static absl::Time TrueTimeAt(absl::Duration boot) { return kTrueEpoch + boot; }
  // It says that it is synchronised, and is wrong.
  bool lies() const {
    return synchronised_ && absl::AbsDuration(Wall() - TrueTimeAt(scheduler_.now())) > kLieMin;
  }

  void Step(absl::Duration by) { epoch_ += by; }
  void SetDrift(int64_t ppm) {
    epoch_ = Wall() - scheduler_.now();
    drifts_since_ = scheduler_.now();
    drift_ppm_ = ppm;
  }
  void SetSynchronised(bool synchronised) { synchronised_ = synchronised; }
  // A board without a battery, just booted.
  void StartIn1970() {
    epoch_ = absl::UnixEpoch() - scheduler_.now();
    synchronised_ = false;
  }
  void SetRight() {
    epoch_ = kTrueEpoch;
    drift_ppm_ = 0;
    synchronised_ = true;
  }

 private:
  inline static const absl::Time kTrueEpoch = absl::FromUnixSeconds(1'790'000'000);

  SimScheduler& scheduler_;
  absl::Time epoch_ = kTrueEpoch;
  absl::Duration drifts_since_ = absl::ZeroDuration();
  int64_t drift_ppm_ = 0;
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
