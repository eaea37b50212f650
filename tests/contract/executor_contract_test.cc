// What every Executor promises, over both real ones and the simulated twin.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "platform/linux/linux_clock.h"
#include "platform/linux/thread_executor.h"
#include "platform/uv/uv_loop.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit {
namespace {

// The span between two times that a test distinguishes: an emulator may take long from one line to
// the next.
#ifdef GODWIT_EMULATED
constexpr absl::Duration kStep = absl::Milliseconds(400);
#else
constexpr absl::Duration kStep = absl::Milliseconds(20);
#endif

// Time passes, and nothing else.
void BurnFor(absl::Duration span) {
  const LinuxClock clock;
  const absl::Duration end = clock.Boot() + span;
  while (clock.Boot() < end) continue;
}

// Each world runs its executor until a task says that the test is over.
struct UvWorld {
  UvLoop executor;
  static constexpr bool kHasThreads = true;
  void RunUntilDone() { executor.Run(); }
  void Done() { executor.Stop(); }
  static void Burn(absl::Duration span) { BurnFor(span); }
};

struct ThreadWorld {
  LinuxClock clock;
  std::mutex mutex;
  std::condition_variable wake;
  bool done = false;
  ThreadExecutor executor{"contract", clock};
  static constexpr bool kHasThreads = true;
  void RunUntilDone() {
    std::unique_lock lock(mutex);
    wake.wait(lock, [this] { return done; });
  }
  void Done() {
    const std::lock_guard lock(mutex);
    done = true;
    wake.notify_one();
  }
  static void Burn(absl::Duration span) { BurnFor(span); }
};

struct SimWorld {
  sim::SimScheduler scheduler{1};
  sim::SimExecutor executor{scheduler};
  bool done = false;
  static constexpr bool kHasThreads = false;
  void RunUntilDone() {
    ASSERT_TRUE(scheduler.RunUntil([this] { return done; }, absl::Hours(1)));
  }
  void Done() { done = true; }
  static void Burn(absl::Duration) {}
};

template <typename World>
class ExecutorContract : public testing::Test {
 protected:
  World world_;
};

using Worlds = testing::Types<UvWorld, ThreadWorld, SimWorld>;
TYPED_TEST_SUITE(ExecutorContract, Worlds);

TYPED_TEST(ExecutorContract, TasksRunInTheOrderOfTheirPosts) {
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) {
    this->world_.executor.Post([&order, i] { order.push_back(i); });
  }
  this->world_.executor.Post([this] { this->world_.Done(); });
  this->world_.RunUntilDone();
  ASSERT_EQ(order.size(), 100u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TYPED_TEST(ExecutorContract, ATaskMayPostTheNext) {
  int steps = 0;
  std::function<void()> step = [&] {
    if (++steps == 10) return this->world_.Done();
    this->world_.executor.Post([&] { step(); });
  };
  this->world_.executor.Post([&] { step(); });
  this->world_.RunUntilDone();
  EXPECT_EQ(steps, 10);
}

TYPED_TEST(ExecutorContract, TimersRunInTheOrderOfTheirTimes) {
  std::vector<int> order;
  std::vector<std::unique_ptr<Timer>> timers;
  this->world_.executor.Post([&] {
    for (const int steps : {3, 1, 2}) {
      timers.push_back(this->world_.executor.PostAfter(
          steps * kStep, [&order, steps] { order.push_back(steps); }));
    }
    timers.push_back(this->world_.executor.PostAfter(5 * kStep, [&] {
      timers.clear();  // a timer may be destroyed while it runs
      this->world_.Done();
    }));
  });
  this->world_.RunUntilDone();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TYPED_TEST(ExecutorContract, TimersThatAreAlwaysDueAgainLeaveRoomForWhatIsPosted) {
  constexpr int kTurnsMax = 200;
  int turns = 0;
  int turns_before = 0;
  std::unique_ptr<Timer> timer;
  std::function<void()> turn = [&] {
    if (++turns == 5) this->world_.executor.Post([&] { turns_before = turns; });
    timer.reset();  // the executor owns timers: none may outlive the wait
    if (turns_before != 0 || turns == kTurnsMax) return this->world_.Done();
    this->world_.Burn(absl::Milliseconds(2));
    timer = this->world_.executor.PostAfter(absl::ZeroDuration(), turn);
  };
  this->world_.executor.Post([&] { turn(); });
  this->world_.RunUntilDone();
  EXPECT_GT(turns_before, 0);
  EXPECT_LT(turns, kTurnsMax);
}

TYPED_TEST(ExecutorContract, TasksThatAlwaysPostTheNextLeaveRoomForADueTimer) {
  if (!TypeParam::kHasThreads) GTEST_SKIP() << "no time passes here while a task is ready";
  constexpr int kTurnsMax = 2000;
  int turns = 0;
  bool ran = false;
  std::unique_ptr<Timer> timer;
  std::function<void()> turn = [&] {
    ++turns;
    if (ran || turns == kTurnsMax) {
      timer.reset();
      return this->world_.Done();
    }
    this->world_.Burn(absl::Microseconds(100));
    this->world_.executor.Post([&] { turn(); });
  };
  this->world_.executor.Post([&] {
    timer = this->world_.executor.PostAfter(absl::Milliseconds(1), [&] { ran = true; });
    turn();
  });
  this->world_.RunUntilDone();
  EXPECT_TRUE(ran);
  EXPECT_LT(turns, kTurnsMax);
}

TYPED_TEST(ExecutorContract, ADestroyedTimerDoesNotRun) {
  bool ran = false;
  std::unique_ptr<Timer> end;
  this->world_.executor.Post([&] {
    auto cancelled = this->world_.executor.PostAfter(absl::Milliseconds(5), [&ran] { ran = true; });
    cancelled.reset();
    end = this->world_.executor.PostAfter(absl::Milliseconds(30), [&] {
      end.reset();
      this->world_.Done();
    });
  });
  this->world_.RunUntilDone();
  EXPECT_FALSE(ran);
}

TYPED_TEST(ExecutorContract, ALazyTaskRunsInFrontOfTheNextThatIsPosted) {
  std::vector<int> order;
  this->world_.executor.Post([&] {
    this->world_.executor.PostLazily([&] { order.push_back(1); });
    this->world_.executor.Post([&] {
      order.push_back(2);
      this->world_.Done();
    });
  });
  this->world_.RunUntilDone();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TYPED_TEST(ExecutorContract, ALazyTaskRunsWhenTheExecutorWakesForATimer) {
  bool ran = false;
  bool had_run = false;
  std::vector<std::unique_ptr<Timer>> timers;
  this->world_.executor.Post([&] {
    this->world_.executor.PostLazily([&ran] { ran = true; });
    timers.push_back(this->world_.executor.PostAfter(kStep, [] {}));
    timers.push_back(this->world_.executor.PostAfter(3 * kStep, [&] {
      had_run = ran;
      timers.clear();
      this->world_.Done();
    }));
  });
  this->world_.RunUntilDone();
  EXPECT_TRUE(had_run);
}

TYPED_TEST(ExecutorContract, ATimerWithRoomRunsWithinIt) {
  std::unique_ptr<Timer> timer;
  const LinuxClock clock;
  const absl::Duration begin = clock.Boot();
  this->world_.executor.Post([&] {
    timer = this->world_.executor.PostWithin(absl::Milliseconds(10), absl::Milliseconds(30), [&] {
      timer.reset();  // timers are the executor's
      this->world_.Done();
    });
  });
  this->world_.RunUntilDone();
  if (TypeParam::kHasThreads) {
    EXPECT_GE(clock.Boot() - begin, absl::Milliseconds(10));
  }
}

TEST(UvLoopTimers, OneWithRoomRunsWhenTheLoopFirstWakesWithinIt) {
  UvLoop loop;
  std::vector<std::string> order;
  std::vector<std::unique_ptr<Timer>> timers;
  const auto at = [&](int steps, const char* name) {
    timers.push_back(loop.PostAfter(steps * kStep, [&order, name] { order.push_back(name); }));
  };
  at(1, "before");
  at(3, "within");
  timers.push_back(
      loop.PostWithin(2 * kStep, 9 * kStep, [&order] { order.push_back("with room"); }));
  at(5, "later");
  timers.push_back(loop.PostAfter(12 * kStep, [&loop] { loop.Stop(); }));
  loop.Run();
  EXPECT_EQ(order, (std::vector<std::string>{"before", "with room", "within", "later"}));
  timers.clear();
}

TYPED_TEST(ExecutorContract, TheExecutorKnowsItsOwnTasks) {
  bool inside = false;
  this->world_.executor.Post([&] {
    inside = this->world_.executor.IsCurrent();
    this->world_.Done();
  });
  this->world_.RunUntilDone();
  EXPECT_TRUE(inside);
}

TYPED_TEST(ExecutorContract, PostsFromManyThreadsAllArrive) {
  if constexpr (!TypeParam::kHasThreads) {
    GTEST_SKIP() << "one thread by design";
  } else {
    constexpr int kThreads = 4;
    constexpr int kPosts = 500;
    int count = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kPosts; ++i) {
          this->world_.executor.Post([&] {
            if (++count == kThreads * kPosts) this->world_.Done();
          });
        }
      });
    }
    this->world_.RunUntilDone();
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(count, kThreads * kPosts);
  }
}

TEST(ThreadExecutorTest, StopRunsWhatWasPostedBefore) {
  LinuxClock clock;
  int ran = 0;
  ThreadExecutor executor("stop", clock);
  for (int i = 0; i < 100; ++i) executor.Post([&ran] { ++ran; });
  executor.Stop();
  executor.Post([&ran] { ran = -1; });
  EXPECT_EQ(ran, 100);
}

}  // namespace
}  // namespace godwit
