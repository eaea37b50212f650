// Who is served first: the device that has lately caused the least work.
#include "collector/ingest/fair_queue.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/text.h"
#include "collector/ingest/ingest_limits.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::collector {
namespace {

class FairQueueTest : public testing::Test {
 protected:
  // The devices of all that waits, in the order in which they have their turn.
  std::vector<std::string> Drain() {
    std::vector<std::string> devices;
    while (auto next = queue_.Pop([](const std::string&) { return true; })) {
      devices.push_back(Cat(next->first, next->second));
    }
    return devices;
  }

  sim::SimScheduler scheduler_{1};
  sim::SimClock clock_{scheduler_};
  RecentUse use_{clock_};
  FairQueue<int> queue_{use_};
};

using Turns = std::vector<std::string>;

TEST_F(FairQueueTest, TheDeviceThatHasUsedLessIsNextAndItsItemsKeepTheirOrder) {
  use_.Add("much", absl::Seconds(1));
  use_.Add("little", absl::Milliseconds(1));
  for (const int item : {1, 2}) {
    queue_.Push("much", item);
    queue_.Push("little", item);
  }
  EXPECT_EQ(Drain(), (Turns{"little1", "little2", "much1", "much2"}));
  EXPECT_TRUE(queue_.empty());
}

TEST_F(FairQueueTest, AmongEqualsTheOneThatHasWaitedLongerIsNext) {
  queue_.Push("b", 1);
  queue_.Push("a", 1);
  EXPECT_EQ(Drain(), (Turns{"b1", "a1"}));
}

TEST_F(FairQueueTest, WorkThatIsCausedWhileADeviceWaitsCostsItsPlace) {
  for (const char* device : {"a", "b", "c"}) {
    use_.Add(device, absl::Milliseconds(1));
    queue_.Push(device, 1);
  }
  use_.Add("a", absl::Seconds(2));
  use_.Add("b", absl::Seconds(1));
  EXPECT_EQ(Drain(), (Turns{"c1", "b1", "a1"}));
}

TEST_F(FairQueueTest, ADeviceThatMayNotIsPassedOverAndStays) {
  queue_.Push("a", 1);
  queue_.Push("b", 1);
  const auto next = queue_.Pop([](const std::string& device) { return device != "a"; });
  ASSERT_TRUE(next);
  EXPECT_EQ(next->first, "b");
  EXPECT_FALSE(queue_.Pop([](const std::string&) { return false; }));
  EXPECT_EQ(Drain(), (Turns{"a1"}));
}

TEST_F(FairQueueTest, WhatIsRemovedHasNoTurn) {
  const uint64_t only = queue_.Push("a", 1);
  queue_.Push("b", 1);
  const uint64_t second = queue_.Push("b", 2);
  queue_.Remove("a", only);
  queue_.Remove("b", second);
  queue_.Remove("b", second);
  queue_.Remove("nobody", 77);
  EXPECT_EQ(Drain(), (Turns{"b1"}));
}

TEST_F(FairQueueTest, HalfOfAUseIsForgottenAfterItsTime) {
  use_.Add("before", absl::Seconds(8));
  scheduler_.RunFor(2 * kUseHalfLife);
  use_.Add("now", absl::Seconds(3));
  EXPECT_LT(use_.RankOf("before"), use_.RankOf("now"));
  use_.Add("less", absl::Seconds(1));
  EXPECT_LT(use_.RankOf("less"), use_.RankOf("before"));
}

TEST_F(FairQueueTest, ADeviceThatSendsLittleIsBeforeAnyNumberOfNewNames) {
  use_.Add("known", absl::Microseconds(300));
  for (int minute = 0; minute < 60; ++minute) {
    scheduler_.RunFor(absl::Minutes(1));
    EXPECT_LT(use_.RankOf("known"), use_.RankOf(Cat("new-", minute)));
    use_.Add("known", absl::Microseconds(300));
  }
}

TEST_F(FairQueueTest, WhatANewDeviceHasReallyUsedCountsFromItsFirstWork) {
  const double before = use_.RankOf("new");
  use_.Add("new", absl::Milliseconds(1));
  EXPECT_LT(use_.RankOf("new"), before);
}

TEST_F(FairQueueTest, DevicesThatDoNothingAreForgotten) {
  for (int i = 0; i < 100'000; ++i) {
    use_.Add(Cat("device-", i), absl::Milliseconds(20));
    scheduler_.RunFor(absl::Milliseconds(100));
  }
  // Those of about half an hour are remembered, and as many again before the next sweep.
  EXPECT_LT(use_.remembered(), 2u * 10 * 60 * 30);
}

}  // namespace
}  // namespace godwit::collector
