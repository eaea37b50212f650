// What every Store makes of runs as strangers may report them, over SQLite and the simulated twin.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "base/checksum.h"
#include "base/text.h"
#include "codec/batch_codec.h"
#include "collector/limits.h"
#include "collector/store/sqlite.h"
#include "collector/store/store_tools.h"
#include "tests/contract/store_worlds.h"

namespace godwit::collector {
namespace {

constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();

template <typename World>
class StoreRunsContract : public testing::Test {
 protected:
  Status Open(const std::vector<HeldRun>& runs, const std::string& id = "dev",
              const std::vector<QuarantinedRecords>& copies = {}) {
    return world_.store()
        .OpenSession({.device = {.device_id = id, .boot_id = BootId(kBootIdSize, 'b')},
                      .runs = runs,
                      .quarantined = copies,
                      .now_unix_ns = 5})
        .status();
  }
  DeviceRow Device(const std::string& id = "dev") {
    const auto rows = *world_.reader().Devices();
    for (const DeviceRow& row : rows) {
      if (row.facts.device_id == id) return row;
    }
    return {};
  }
  std::vector<RunRow> Runs() { return *world_.reader().Runs(Device().key); }

  World world_;
};

TYPED_TEST_SUITE(StoreRunsContract, StoreWorlds);

TYPED_TEST(StoreRunsContract, ARunWithoutItsPredecessorDoesNotEndTheCollector) {
  ASSERT_TRUE(this->Open({{.run = 7}}).ok());
  ASSERT_TRUE(this->Open({{.run = 7, .follows_run = 9, .follows_last_seq = 3}}).ok());
  const auto runs = this->Runs();
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].id, 9u);
  ASSERT_EQ(runs[0].gaps.size(), 1u);
  EXPECT_EQ(runs[0].gaps[0].seqs, (SeqRange{1, 3}));
  EXPECT_EQ(runs[1].id, 7u);
  EXPECT_EQ(runs[1].follows, 9u);
}

// The same by every way in which a run becomes known before it says what it follows.
TYPED_TEST(StoreRunsContract, ARunThatACopyMadeKnownLearnsItsPredecessor) {
  ASSERT_TRUE(this->Open({{.run = 1}}, "dev", {{.run = 7, .seqs = {2, 2}}}).ok());
  ASSERT_TRUE(this->Open({{.run = 1},
                          {.run = 7, .follows_run = 9, .follows_last_seq = 1},
                          {.run = 8, .follows_run = 7, .follows_last_seq = 2}})
                  .ok());
  const auto runs = this->Runs();
  ASSERT_EQ(runs.size(), 4u);
  const auto find = [&](RunId id) {
    return std::find_if(runs.begin(), runs.end(), [id](const RunRow& run) { return run.id == id; });
  };
  EXPECT_EQ(find(7)->follows, 9u);
  EXPECT_EQ(find(8)->follows, 7u);
  EXPECT_LE(find(9), find(7));
  EXPECT_LT(find(7), find(8));
}

// Chains, circles and repetitions: of seven runs, two reported at a time.
TYPED_TEST(StoreRunsContract, NoOrderOfReportedRunsEndsTheCollector) {
  for (RunId first = 1; first <= 7; ++first) {
    for (RunId follows = 0; follows <= 7; ++follows) {
      for (RunId second = 1; second <= 7; ++second) {
        const HeldRun a{.run = first, .last_seq = 2, .follows_run = follows, .follows_last_seq = 1};
        const HeldRun b{.run = second, .last_seq = 1, .follows_run = first, .follows_last_seq = 4};
        if (first == follows || second == first) continue;
        ASSERT_TRUE(this->Open({a, b}).ok()) << first << " " << follows << " " << second;
      }
    }
  }
  EXPECT_EQ(this->Runs().size(), 7u);
}

// As stores of version 0.1 may have them: a seq was bounded by SQLite's integers alone.
TYPED_TEST(StoreRunsContract, GapsOfTheLargestSizeBreakNobodysView) {
  ASSERT_TRUE(this->Open({}, "other").ok());
  for (RunId run = 1; run <= 3; ++run) {
    ASSERT_TRUE(this->Open({{.run = run, .last_seq = kMost}, {.run = 99}}).ok());
  }
  EXPECT_EQ(this->Device().gap_records.at(kUnaccounted), kMost);
  EXPECT_EQ(this->Device("other").gap_records.size(), 0u);
  EXPECT_TRUE(this->Device("other").alerts.empty());
}

TYPED_TEST(StoreRunsContract, GapsOfTheLargestSeqThatIsAdmittedAreCounted) {
  ASSERT_TRUE(this->Open({{.run = 1, .last_seq = kSeqMax}, {.run = 99}}).ok());
  EXPECT_EQ(this->Device().gap_records.at(kUnaccounted), kSeqMax);
}

TEST(SqliteReaderTest, ARecordAsLongAsTimeIsSound) {
  SqliteWorld world;
  const BootId boot(kBootIdSize, 'b');
  ASSERT_TRUE(world.store().OpenSession({.device = {.device_id = "dev", .boot_id = boot}}).ok());
  const std::string batch = *EncodeBatch({.boot_id = boot, .wall_synchronised = true});
  const IncomingRecord record{.name = {7, 1},
                              .checksum = Checksum(batch),
                              .batch = batch,
                              .clock = {boot, 0, true},
                              .first_unix_ns = std::numeric_limits<int64_t>::min(),
                              .last_unix_ns = std::numeric_limits<int64_t>::max()};
  ASSERT_TRUE(world.store().Commit({{.device_id = "dev", .record = record}}, 5).ok());
  EXPECT_EQ(StoredSeqs(world.reader(), {1000, 2000}).size(), 1u);
  const auto verdict = *VerifyStore(world.file());
  EXPECT_EQ(verdict.problems_found, 0u) << verdict.problems.front();
}

// Of one device alone: a table that cannot be read, say.
TEST(SqliteReaderTest, WhatCannotBeReadOfOneDeviceIsThatOnesAlert) {
  SqliteWorld world;
  for (const char* id : {"a", "b"}) {
    ASSERT_TRUE(world.store()
                    .OpenSession({.device = {.device_id = id, .boot_id = BootId(kBootIdSize, 'b')}})
                    .ok());
  }
  const auto database = *Database::Open(world.file(), Database::Mode::kReadWrite);
  ASSERT_TRUE(database->Execute("DROP TABLE alert").ok());
  const auto devices = world.reader().Devices();
  ASSERT_TRUE(devices.ok()) << devices.status();
  ASSERT_EQ(devices->size(), 2u);
  EXPECT_EQ(devices->front().alerts.at(0).kind, "unreadable");
}

// With one device less than it may have.
void Crowd(SqliteWorld& world) {
  const auto database = *Database::Open(world.file(), Database::Mode::kReadWrite);
  ASSERT_TRUE(database
                  ->Execute(Cat("WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL"
                                " SELECT n + 1 FROM numbers WHERE n < ",
                                kDevicesMax - 1,
                                ") INSERT INTO device (device_id, name, boot_id, agent_version,"
                                " wall_synchronised, last_seen_unix_ns)"
                                " SELECT n, '', x'', '', 1, 0 FROM numbers")
                                .c_str())
                  .ok());
}
void Crowd(MemoryWorld& world) {
  for (int64_t i = 1; i < kDevicesMax; ++i) {
    ASSERT_TRUE(world.store().OpenSession({.device = {.device_id = Cat("device-", i)}}).ok());
  }
}

TYPED_TEST(StoreRunsContract, BeyondItsBoundOfDevicesItTakesKnownOnesAlone) {
  Crowd(this->world_);
  ASSERT_TRUE(this->Open({}, "dev").ok());
  EXPECT_TRUE(absl::IsResourceExhausted(this->Open({{.run = 7}}, "one more")));
  EXPECT_EQ(this->Device("one more").key, 0);
  EXPECT_TRUE(this->Open({{.run = 7}}, "dev").ok());
}

}  // namespace
}  // namespace godwit::collector
