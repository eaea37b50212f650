// When the loop looks for gRPC's timers: the executor is simulated, gRPC's timers are real.
#include "agent/uplink/grpc/loop_timers.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <utility>

namespace godwit::agent {
namespace {

// Notes the window of the last timer, and runs its task when asked.
class WindowExecutor final : public Executor {
 public:
  void Post(Task task) override { task(); }
  std::unique_ptr<Timer> PostAfter(absl::Duration delay, Task task) override {
    return PostWithin(delay, delay, std::move(task));
  }
  std::unique_ptr<Timer> PostWithin(absl::Duration earliest_in, absl::Duration latest_in,
                                    Task task) override {
    earliest = earliest_in;
    latest = latest_in;
    task_ = std::move(task);
    return std::make_unique<Timer>();
  }
  bool IsCurrent() const override { return true; }

  void RunTimer() {
    Task task = std::move(task_);
    task();
  }

  absl::Duration earliest;
  absl::Duration latest;

 private:
  Task task_;
};

class LoopTimersTest : public testing::Test {
 protected:
  grpc::CompletionQueue queue_;  // gRPC is in use
  WindowExecutor loop_;
  bool at_rest_ = false;
  int looks_ = 0;
  LoopTimers timers_{loop_, [this] {
                       ++looks_;
                       if (at_rest_) timers_.Rest();
                     }};
};

TEST_F(LoopTimersTest, AConnectionThatWorksIsLookedAtWithEachTickOfASecond) {
  EXPECT_LE(loop_.earliest, absl::Seconds(1));
  EXPECT_EQ(loop_.latest, absl::Milliseconds(1500));
  loop_.RunTimer();
  EXPECT_EQ(looks_, 1);
  EXPECT_EQ(loop_.latest, absl::Milliseconds(1500));
}

TEST_F(LoopTimersTest, OneAtRestIsLookedAtSeldomUntilSomethingBegins) {
  at_rest_ = true;
  loop_.RunTimer();
  EXPECT_GT(loop_.earliest, absl::Seconds(2));
  EXPECT_EQ(loop_.latest, absl::Milliseconds(3500));
  timers_.Hurry();
  EXPECT_EQ(loop_.latest, absl::Milliseconds(1500));
}

TEST_F(LoopTimersTest, RestHoldsUntilTheNextLook) {
  at_rest_ = true;
  loop_.RunTimer();
  at_rest_ = false;
  loop_.RunTimer();
  EXPECT_EQ(loop_.latest, absl::Milliseconds(1500));
}

}  // namespace
}  // namespace godwit::agent
