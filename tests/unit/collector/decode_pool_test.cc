// Whom expensive pieces delay, in virtual time.
#include "collector/ingest/decode_pool.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/text.h"
#include "collector/ingest/ingest_limits.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::collector {
namespace {

constexpr absl::Duration kExpensive = absl::Milliseconds(20);

class DecodePoolTest : public testing::Test {
 protected:
  void Run(const std::string& device, absl::Duration cost, size_t bytes = 100) {
    pool_.Run(
        device, bytes, [this, cost] { scheduler_.PassInside(cost, thread_); },
        [this, device] {
          done_.push_back(device);
          done_at_[device] = scheduler_.now();
        });
  }

  sim::SimScheduler scheduler_{1};
  sim::SimClock clock_{scheduler_};
  sim::SimExecutor ingest_{scheduler_};
  sim::SimExecutor thread_{scheduler_};
  RecentUse use_{clock_};
  bool may_start_ = true;
  DecodePool pool_{{clock_, ingest_, {&thread_}}, use_, [this] { return may_start_; }};
  std::vector<std::string> done_;
  std::map<std::string, absl::Duration> done_at_;
};

TEST_F(DecodePoolTest, ADeviceOfSmallBatchesWaitsForThePieceUnderWayAlone) {
  use_.Add("known", absl::Microseconds(300));
  for (int i = 0; i < 320; ++i) Run(Cat("attacker-", i), kExpensive);
  scheduler_.RunFor(absl::Milliseconds(1));
  const absl::Duration begin = scheduler_.now();
  Run("known", absl::Microseconds(300));
  scheduler_.RunFor(absl::Seconds(10));
  EXPECT_EQ(done_.size(), 321u);
  EXPECT_LE(done_at_.at("known") - begin, kExpensive + absl::Milliseconds(1));
}

TEST_F(DecodePoolTest, OneDeviceWithManyPiecesDelaysAnotherByOne) {
  for (int i = 0; i < 320; ++i) Run("attacker", kExpensive);
  scheduler_.RunFor(absl::Milliseconds(50));
  const absl::Duration begin = scheduler_.now();
  Run("new", absl::Milliseconds(1));
  scheduler_.RunFor(absl::Seconds(10));
  EXPECT_LE(done_at_.at("new") - begin, kExpensive + absl::Milliseconds(2));
}

TEST_F(DecodePoolTest, BytesThatAreToBeWrittenCountAsWork) {
  Run("large", absl::ZeroDuration(), size_t{8} << 20);
  Run("small", absl::ZeroDuration());
  scheduler_.RunFor(absl::Seconds(1));
  EXPECT_GT(use_.RankOf("large"), use_.RankOf("small") + 3);
}

TEST_F(DecodePoolTest, WhileTheWriterHasEnoughPiecesWait) {
  may_start_ = false;
  Run("device", kExpensive);
  scheduler_.RunFor(absl::Seconds(1));
  EXPECT_TRUE(done_.empty());
  may_start_ = true;
  pool_.StartWaiting();
  scheduler_.RunFor(absl::Seconds(1));
  EXPECT_EQ(done_.size(), 1u);
}

}  // namespace
}  // namespace godwit::collector
