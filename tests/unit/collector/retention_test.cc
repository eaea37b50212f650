// When retention takes what away, and what is said of a disk that fills.
#include "collector/store/retention.h"

#include <gtest/gtest.h>

#include "collector/limits.h"
#include "tests/sim/memory_store.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::collector {
namespace {

class RetentionTest : public testing::Test {
 protected:
  RetentionTest() {
    EXPECT_TRUE(store_.OpenSession({.device = {.device_id = "dev"}, .runs = {{.run = 7}}}).ok());
  }
  // A record whose last tick is so old.
  void Commit(absl::Duration age) {
    const int64_t time = Now() - absl::ToInt64Nanoseconds(age);
    const IncomingRecord record{
        .name = {7, ++seq_},
        .batch = "bytes",
        .clock = {.boot_id = BootId(kBootIdSize, 'b'), .synchronised = true},
        .first_unix_ns = time,
        .last_unix_ns = time};
    ASSERT_EQ((*store_.Commit({{.device_id = "dev", .record = record}}, Now()))[0],
              Outcome::kCommitted);
  }
  void Start(RetentionRules rules) {
    keeper_ = std::make_unique<RetentionKeeper>(
        store_, [rules] { return rules; },
        RetentionKeeper::Dependencies{
            .writer = executor_, .clock = clock_, .statistics = statistics_, .has_room = [this] {
              return store_.Records().size() <= room_;
            }});
    executor_.Post([this] { keeper_->Start(); });
    scheduler_.RunFor(absl::Seconds(1));
  }
  int64_t Now() const { return absl::ToUnixNanos(clock_.Wall()); }
  std::vector<Seq> Left() const {
    std::vector<Seq> left;
    for (const auto& [name, record] : store_.Records()) left.push_back(name.seq);
    return left;
  }
  uint64_t Removed(const std::string& reason) { return statistics_.Read(0, 0).removals[reason]; }

  sim::SimScheduler scheduler_{1};
  sim::SimClock clock_{scheduler_};
  sim::SimExecutor executor_{scheduler_};
  sim::MemoryStore store_{"0123456789abcdef"};
  Statistics statistics_;
  size_t room_ = 1'000'000;  // records
  Seq seq_ = 0;
  std::unique_ptr<RetentionKeeper> keeper_;
};

TEST_F(RetentionTest, WhatIsOlderThanItsAgeGoesHoweverMuchThatIs) {
  for (size_t i = 0; i < 2 * kPruneRecordsMax + 5; ++i) Commit(absl::Hours(3));
  Commit(absl::Hours(1));
  Start({.keep = {.age = absl::Hours(2)}});
  EXPECT_EQ(Left().size(), 1u);
  EXPECT_EQ(Removed("retention"), 2 * kPruneRecordsMax + 5);
  EXPECT_EQ(Removed("disk full"), 0u);
}

TEST_F(RetentionTest, OnAFullDiskTheOldestGoUntilThereIsRoomAndNoMore) {
  for (int hours = 90; hours > 0; --hours) Commit(absl::Hours(hours));
  room_ = 60;
  Start({.keep = {.age = absl::Hours(100)}, .min_age = absl::Hours(10)});
  // Some are taken at a time.
  EXPECT_LE(Left().size(), 60u);
  EXPECT_EQ(Removed("disk full"), 90 - Left().size());
  EXPECT_EQ(Removed("retention"), 0u);
}

TEST_F(RetentionTest, WhatIsYoungerThanMinAgeStaysOnAFullDisk) {
  for (int hours = 90; hours > 0; --hours) Commit(absl::Hours(hours) - absl::Minutes(30));
  room_ = 0;
  Start({.keep = {.age = absl::Hours(100)}, .min_age = absl::Hours(10)});
  EXPECT_EQ(Left().size(), 10u);
  EXPECT_EQ(Removed("disk full"), 80u);
  // An hour later the next one may go.
  scheduler_.RunFor(absl::Hours(1) + kPrunePeriod);
  EXPECT_EQ(Left().size(), 9u);
}

TEST_F(RetentionTest, AFullDiskDoesNotWaitForTheNextMinute) {
  Commit(absl::Hours(90));
  Start({.keep = {.age = absl::Hours(100)}, .min_age = absl::Hours(10)});
  EXPECT_EQ(Left().size(), 1u);
  room_ = 0;
  executor_.Post([this] { keeper_->Hurry(); });
  scheduler_.RunFor(absl::Seconds(1));
  EXPECT_TRUE(Left().empty());
}

TEST_F(RetentionTest, AMinAgeOfNothingLetsEverythingGo) {
  Commit(absl::Hours(1));
  room_ = 0;
  Start({.keep = {.age = absl::Hours(100)}});
  EXPECT_TRUE(Left().empty());
}

}  // namespace
}  // namespace godwit::collector
