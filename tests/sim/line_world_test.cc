// The straight line under faults, one seed a test: every record that was safe is in the store
// exactly once, in order, whatever was killed, cut or unplugged on the way.
#include "tests/sim/line_world.h"

#include <gtest/gtest.h>

#include "tests/sim/line_faults.h"

namespace godwit::sim {
namespace {

constexpr uint64_t kSeeds = 100;

class LineUnderFaults : public testing::TestWithParam<uint64_t> {};

TEST_P(LineUnderFaults, StoresEverySafeRecordExactlyOnce) {
  EXPECT_EQ(RunSeed(GetParam()).violation, "") << "again: ./dev sim --seed " << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Seeds, LineUnderFaults, testing::Range<uint64_t>(1, kSeeds + 1));

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

TEST(LineWorldTest, OneSeedGivesOneHistoryAndAnotherSeedAnother) {
  EXPECT_EQ(RunSeed(7).history, RunSeed(7).history);
  EXPECT_NE(RunSeed(7).history, RunSeed(8).history);
}

TEST(LineWorldTest, EveryKindOfFaultStrikesOverTheSeeds) {
  std::map<std::string, uint64_t> faults;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    for (const auto& [name, times] : RunSeed(seed).faults) faults[name] += times;
  }
  EXPECT_EQ(faults.size(), 8u);
  for (const auto& [name, times] : faults) EXPECT_GE(times, 50u) << name;
}

TEST(LineWorldTest, AFullSpoolLosesItsOldestRecordsAsGaps) {
  LineWorld world(1, ByteCount{1} << 20);
  world.StartAgent();
  // No collector for so long that the smallest spool overflows.
  world.scheduler.RunFor(absl::Hours(24));
  uint64_t safe_ticks = 0;
  for (const auto& [name, counts] : world.safe()) safe_ticks += counts.size();
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
