// The whole agent and the whole collector under everything that can befall them: every promised
// sample is committed exactly once or named by a gap, gaps say exactly what is missing, memory and
// disk stay within their bounds, and all drains once the faults stop.
#include "tests/sim/world.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "codec/batch_codec.h"
#include "collector/fleet/gap_query.h"
#include "tests/sim/crash_points.h"
#include "tests/sim/damage.h"
#include "tests/sim/lives.h"
#include "tests/sim/trouble.h"

namespace godwit::sim {
namespace {

constexpr uint64_t kStride = kSlow ? 61 : 1;

constexpr const char* kStates[] = {"a slow reader, a page behind",
                                   "alert: cloned",
                                   "alert: identity shared",
                                   "alert: rejected",
                                   "batch of several layouts",
                                   "batch that no collector reads",
                                   "call lost",
                                   "call repeated",
                                   "duplicate acknowledged",
                                   "gap healed by a late record",
                                   "gap: damaged",
                                   "gap: disk failed",
                                   "gap: overload",
                                   "gap: spool full",
                                   "gap: unaccounted",
                                   "lie: a command stream refused",
                                   "lie: a hint",
                                   "lie: a hint of nothing, or of weeks",
                                   "lie: a status of any kind",
                                   "lie: a time that is none",
                                   "lie: a token that is none",
                                   "lie: another version",
                                   "lie: no store id",
                                   "lie: no verdict of what was sent",
                                   "lie: settled ranges without end",
                                   "lie: streams of next to nothing",
                                   "lie: tables that nobody has",
                                   "lie: verdicts of what was not sent",
                                   "message late, behind a cut",
                                   "power cut in the middle of a write",
                                   "power cut while starting",
                                   "power cut while stopping",
                                   "reading while a new layout waits",
                                   "record misread by a collector",
                                   "record kept in memory",
                                   "record refused for lack of room",
                                   "record written back from memory",
                                   "rejected record quarantined",
                                   "run cut off, and reported",
                                   "run ended cleanly",
                                   "time corrected afterwards",
                                   "two machines with one identity"};

TEST(Seeds, EveryLifeKeepsEveryPromiseAndTogetherTheyMeetEverything) {
  std::map<std::string, uint64_t> faults;
  std::map<std::string, uint64_t> states;
  std::set<uint64_t> histories;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const SeedResult result = RunSeed(seed);
    EXPECT_EQ(result.violations, "") << "again: ./dev sim --seed " << seed;
    EXPECT_GE(result.simulated, absl::Hours(1));
    for (const auto& [name, times] : result.faults) faults[name] += times;
    for (const auto& [name, times] : result.states) states[name] += times;
    histories.insert(result.history);
  }
  for (const auto& [name, times] : faults) {
    std::printf("fault  %-36s %8llu\n", name.c_str(), static_cast<unsigned long long>(times));
  }
  for (const auto& [name, times] : states) {
    std::printf("state  %-36s %8llu\n", name.c_str(), static_cast<unsigned long long>(times));
  }
  EXPECT_GE(histories.size(), kSeeds - kSeeds / 50);
  if (kSlow) return;
  for (const std::string& fault : FaultKinds()) EXPECT_GE(faults[fault], 50u) << fault;
  for (const char* state : kStates) EXPECT_GE(states[state], 1u) << state;
}

TEST(Seeds, OneSeedGivesOneHistoryAndAnotherSeedAnother) {
  EXPECT_EQ(RunSeed(7).history, RunSeed(7).history);
  EXPECT_NE(RunSeed(7).history, RunSeed(8).history);
}

TEST(Damage, ACutAnywhereCostsOnlyWhatLiesBehindIt) {
  const DamageReport report = CutEverywhere(kStride);
  EXPECT_EQ(report.violation, "");
  EXPECT_GE(report.segments, 3u);
  EXPECT_GE(report.records, 40u);
  EXPECT_GE(report.damages, report.bytes / kStride);
}

TEST(Damage, AFlippedByteCostsAtMostTheRecordItHitsAndNothingAlteredIsDelivered) {
  const DamageReport report = FlipEverywhere(kStride);
  EXPECT_EQ(report.violation, "");
  EXPECT_GE(report.segments, 3u);
  EXPECT_GE(report.records, 40u);
  EXPECT_GE(report.damages, report.bytes / kStride);
}

TEST(Crashes, AtEveryFileOperationLoseNothingThatWasPromised) {
  const CrashReport report = CrashEverywhere(1);
  EXPECT_EQ(report.violation, "");
  EXPECT_GT(report.operations, 200u);
  EXPECT_EQ(report.crashes, report.operations * 2 * std::size(kAllUnsynced) * 2);
}

TEST(WorldTest, LateMessagesOfACutStreamAreCountedAsDuplicates) {
  uint64_t duplicates = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    World world(seed);
    world.StartCollector();
    world.StartMachine(world.device());
    for (int i = 0; i < 200; ++i) {
      world.RunFor(absl::Milliseconds(world.scheduler.Draw() % 15'000));
      world.network.Cut();
    }
    ASSERT_TRUE(world.RunUntilDrained(absl::Hours(1)));
    EXPECT_EQ(world.Violations(), "") << "seed " << seed;
    duplicates += world.store.Devices()->front().duplicates;
  }
  EXPECT_GT(duplicates, 0u);
}

// Ticks lie on one grid of the boot clock: what the store does not have between its first and its
// last tick is missing, whatever the reason, and `godwit gaps` must say just that many.
TEST(WorldTest, TheTicksSaidToBeMissingAreExactlyThoseThatAre) {
  uint64_t missing_in_all = 0;
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    World world(seed, {.spool_bytes = 64 << 10, .counts_only = true});
    world.StartCollector();
    world.StartMachine(world.device());
    for (int i = 0; i < 40; ++i) {
      world.RunFor(absl::Seconds(10 + world.scheduler.Draw() % 200));
      switch (world.scheduler.Draw() % 5) {
        case 0:
          world.device().Kill();
          world.RunFor(absl::Milliseconds(world.scheduler.Draw() % 20'000));
          break;
        case 1:
          world.device().Stop();
          break;
        case 2:
          world.device().SuspendFor(absl::Seconds(1 + world.scheduler.Draw() % 100));
          break;
        case 3:
          world.KillCollector();
          world.RunFor(absl::Minutes(world.scheduler.Draw() % 60));
          world.StartCollector();
          break;
        default:
          world.network.Cut();
      }
      world.StartMachine(world.device());
    }
    ASSERT_TRUE(world.RunUntilDrained(absl::Hours(1)));
    EXPECT_EQ(world.Violations(), "") << "seed " << seed;
    std::set<int64_t> ticks;
    for (const auto& [name, record] : world.store.Records()) {
      const auto batch = DecodeBatch(record->batch);
      for (const auto& tick : batch->blocks[0].ticks) {
        ticks.insert(tick.time_unix_ns - batch->wall_offset_ns);
      }
    }
    const int64_t interval = absl::ToInt64Nanoseconds(SimMachine::kTickInterval);
    const auto grid = static_cast<uint64_t>((*ticks.rbegin() - *ticks.begin()) / interval) + 1;
    uint64_t counted = 0;
    collector::GapQuery query(world.store, world.store.DeviceNames()->front());
    while (const auto page = *query.NextPage()) {
      for (const auto& gap : page->ticks()) {
        counted += gap.ticks();
        EXPECT_NE(gap.reason(), "not arrived");
      }
    }
    EXPECT_EQ(counted, grid - ticks.size()) << "seed " << seed;
    missing_in_all += counted;
  }
  EXPECT_GT(missing_in_all, 1000u);
}

TEST(WorldTest, AFullSpoolLosesItsOldestRecordsAsGapsWithThatReason) {
  World world(1, {.spool_bytes = 64 << 10});
  world.StartMachine(world.device());
  // No collector for so long that the spool overflows.
  world.RunFor(absl::Hours(3));
  world.StartCollector();
  ASSERT_TRUE(world.RunUntilDrained(absl::Hours(2)));
  EXPECT_EQ(world.Violations(), "");
  const auto device = world.store.Devices()->front();
  ASSERT_EQ(device.gap_records.size(), 1u);
  const uint64_t lost = device.gap_records.at("spool full");
  EXPECT_GT(lost, 100u);
  // What is left is the newest, without a hole.
  for (const auto& [name, reason] : world.store.Gaps()) EXPECT_LE(name.seq, lost);
}

TEST(WorldTest, ARestoredImageAndItsOriginalsRecordsNeverMeetUnderOneName) {
  World world(3);
  world.StartCollector();
  world.StartMachine(world.device());
  world.RunFor(absl::Minutes(5));
  world.device().TakeImage();
  world.RunFor(absl::Minutes(5));
  world.device().PowerCut();
  world.device().RestoreImage();
  world.StartMachine(world.device());
  ASSERT_TRUE(world.RunUntilDrained(absl::Hours(1)));
  EXPECT_EQ(world.Violations(), "");
  EXPECT_EQ(world.device().runs().size(), 2u);
}

TEST(WorldTest, ACollectorRestoredFromABackupGetsAllThatIsLeftAndNamesTheRest) {
  World world(4);
  world.StartCollector();
  world.StartMachine(world.device());
  world.RunFor(absl::Minutes(5));
  world.TakeBackup();
  world.RunFor(absl::Minutes(10));
  // What was committed since and trimmed is nowhere any more, whichever run it belonged to.
  for (int restart = 0; restart < 3; ++restart) {
    world.device().Stop();
    world.StartMachine(world.device());
    world.RunFor(absl::Minutes(5));
  }
  world.KillCollector();
  world.RestoreBackup();
  world.StartCollector();
  ASSERT_TRUE(world.RunUntilDrained(absl::Hours(1)));
  EXPECT_EQ(world.Violations(), "");
  EXPECT_GT(world.store.Devices()->front().gap_records.at("unaccounted"), 50u);
}

// There is no room for its copy, so it stays in the spool and is passed over as long as the session
// lasts.
TEST(WorldTest, WhatNoCollectorTakesMayBeDamagedUnseenUntilTheNextSession) {
  World world(5, {.spool_bytes = 64 << 10, .counts_only = true});
  world.StartCollector();
  world.StartMachine(world.device());
  world.RunFor(absl::Minutes(1));
  world.device().set_unreadable(1000);
  world.RunFor(absl::Seconds(10));
  world.device().set_unreadable(0);
  world.RunFor(absl::Minutes(2));
  std::vector<RecordName> unreadable;
  for (const auto& [name, issue] : world.ledger.issued()) {
    if (issue.unreadable) unreadable.push_back(name);
  }
  ASSERT_EQ(unreadable.size(), 1u);
  const std::string path = world.device().view().NewestSegmentFor(unreadable.front());
  std::string bytes = world.device().disk.BytesOf(path);
  ++bytes[bytes.find("no batch at all")];
  world.device().disk.SetBytes(path, bytes);
  world.ledger.Damaged(unreadable.front());
  EXPECT_TRUE(world.RunUntilDrained(absl::Hours(1)));
  EXPECT_EQ(world.Violations(), "");
  EXPECT_EQ(world.store.Gaps()[unreadable.front()], "damaged");
}

// Also one that seals a record while it learns that its idle connection was cut.
TEST(WorldTest, EveryDeviceOpensAnotherSessionOnceAllIsDrained) {
  for (absl::Duration at = absl::Seconds(54); at < absl::Seconds(60); at += absl::Seconds(0.5)) {
    World world(1, {.batch_period = absl::Minutes(1), .counts_only = true});
    world.network.set_delay_max(absl::Seconds(3));
    world.StartCollector();
    world.StartMachine(world.device());
    world.RunFor(absl::Minutes(5) + at);
    const uint64_t sessions = world.device().uploader().counters().sessions;
    ASSERT_TRUE(world.RunUntilDrained(absl::Hours(1)));
    EXPECT_GT(world.device().uploader().counters().sessions, sessions) << at;
  }
}

// Its sync failed behind a record that stays in the spool, so its bytes lie in that segment, too.
// The segment that has it synced is trimmed, and then the collector forgets it.
TEST(WorldTest, WhatAFailedSyncLeftCountsAgainWithTheNextStart) {
  World world(6, {.spool_bytes = 64 << 10, .counts_only = true});
  world.StartCollector();
  world.StartMachine(world.device());
  world.RunFor(absl::Minutes(1));
  world.TakeBackup();
  world.device().set_unreadable(1000);
  world.RunFor(absl::Seconds(10));
  world.device().set_unreadable(0);
  const Seq behind = world.device().spool().NewestName().seq + 1;
  const RecordName twice{world.device().spool().run(), behind};
  world.device().disk.FailNextSync();
  world.RunFor(absl::Minutes(3));
  ASSERT_NE(world.store.Find(twice), nullptr);
  ASSERT_TRUE(world.device().view().Holds(twice));
  ASSERT_FALSE(world.device().view().HoldsSynced(twice));
  world.KillCollector();
  world.RestoreBackup();
  world.StartCollector();
  EXPECT_TRUE(world.RunUntilDrained(absl::Hours(1)));
  EXPECT_EQ(world.Violations(), "");
  EXPECT_TRUE(world.store.IsGap(twice));
  world.device().Kill();
  world.StartMachine(world.device());
  EXPECT_TRUE(world.RunUntilDrained(absl::Hours(1)));
  EXPECT_EQ(world.Violations(), "");
  EXPECT_NE(world.store.Find(twice), nullptr);
}

}  // namespace
}  // namespace godwit::sim
