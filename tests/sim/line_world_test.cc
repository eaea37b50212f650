// The straight line under faults, one seed a test: every record that was safe is in the store
// exactly once, in order, whatever was killed, cut or unplugged on the way.
#include "tests/sim/line_world.h"

#include <gtest/gtest.h>

namespace godwit::sim {
namespace {

class LineUnderFaults : public testing::TestWithParam<uint64_t> {};

TEST_P(LineUnderFaults, StoresEverySafeRecordExactlyOnce) {
  LineWorld world(GetParam());
  world.StartCollector();
  world.StartAgent();
  const auto chance = [&](uint64_t percent) { return world.scheduler.Draw() % 100 < percent; };
  for (int minute = 0; minute < 30; ++minute) {
    if (chance(30)) world.network.Cut();
    if (chance(20)) {
      if (world.collector_up()) {
        world.KillCollector();
      } else {
        world.StartCollector();
      }
    }
    if (chance(10)) {
      if (chance(50)) {
        world.KillAgent();
      } else {
        world.PowerCutAgent();
      }
      world.StartAgent();
    }
    world.scheduler.RunFor(absl::Seconds(60));
  }
  if (!world.collector_up()) world.StartCollector();
  EXPECT_TRUE(world.RunUntilDrained(absl::Hours(1))) << "the backlog does not drain";
  EXPECT_EQ(world.Violation(), "") << "seed " << GetParam();
  EXPECT_EQ(world.gap_records(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, LineUnderFaults, testing::Range<uint64_t>(1, 101));

TEST(LineWorldTest, LateMessagesOfACutStreamAreCountedAsDuplicates) {
  uint64_t duplicates = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    LineWorld world(seed);
    world.StartCollector();
    world.StartAgent();
    for (int i = 0; i < 200; ++i) {
      world.scheduler.RunFor(absl::Milliseconds(world.scheduler.Draw() % 15'000));
      world.network.Cut();
    }
    ASSERT_TRUE(world.RunUntilDrained(absl::Hours(1)));
    EXPECT_EQ(world.Violation(), "") << "seed " << seed;
    duplicates += world.store.Devices()->front().duplicates;
  }
  EXPECT_GT(duplicates, 0u);
}

TEST(LineWorldTest, OneSeedGivesOneHistory) {
  const auto history = [](uint64_t seed) {
    LineWorld world(seed);
    world.StartCollector();
    world.StartAgent();
    for (int i = 0; i < 20; ++i) {
      world.scheduler.RunFor(absl::Seconds(30));
      world.network.Cut();
    }
    return std::pair(world.Stored(), world.scheduler.Draw());
  };
  EXPECT_EQ(history(7), history(7));
  EXPECT_NE(history(7).second, history(8).second);
}

TEST(LineWorldTest, AFullSpoolLosesItsOldestRecordsAsGaps) {
  LineWorld world(1, ByteCount{1} << 20);
  world.StartAgent();
  // No collector for so long that the smallest spool overflows.
  world.scheduler.RunFor(absl::Hours(24));
  uint64_t safe_ticks = 0;
  for (const auto& [run, counts] : world.safe()) safe_ticks += counts.size();
  world.StartCollector();
  ASSERT_TRUE(world.RunUntilDrained(absl::Hours(2)));
  const auto stored = world.Stored();
  ASSERT_EQ(stored.size(), 1u);
  EXPECT_GT(world.gap_records(), 0u);
  EXPECT_LT(stored.begin()->second.size(), safe_ticks);
  // What is left is the newest, without a hole.
  const auto& counts = stored.begin()->second;
  EXPECT_EQ(counts.back() - counts.front() + 1, static_cast<int64_t>(counts.size()));
  EXPECT_LE(world.disk.UsedBytes(), ByteCount{1} << 20);
}

}  // namespace
}  // namespace godwit::sim
