#include "collector/store/writer.h"

#include <gtest/gtest.h>

#include "tests/sim/memory_store.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::collector {
namespace {

class WriterTest : public testing::Test {
 protected:
  WriterTest() {
    EXPECT_TRUE(store_.OpenSession({.device = {.device_id = "dev"}, .runs = {{.run = 7}}}).ok());
  }
  Outcome Submit(Seq seq) {
    Outcome outcome = Outcome::kMalformed;
    writer_.Submit({.device_id = "dev",
                    .record = IncomingRecord{.name = {7, seq}, .batch = "bytes", .samples = 5}},
                   [&](const StatusOr<Outcome>& result) { outcome = *result; });
    scheduler_.RunUntil([] { return false; }, absl::Seconds(1));
    return outcome;
  }

  sim::SimScheduler scheduler_{1};
  sim::SimClock clock_{scheduler_};
  sim::SimExecutor executor_{scheduler_};
  sim::MemoryStore store_{"0123456789abcdef"};
  Figures figures_;
  bool room_ = true;
  Writer writer_{store_, executor_, clock_, figures_, [this] { return room_; }};
};

TEST_F(WriterTest, WhatIsCommittedIsCounted) {
  EXPECT_EQ(Submit(1), Outcome::kCommitted);
  EXPECT_EQ(Submit(1), Outcome::kDuplicate);
  const auto now = absl::ToUnixNanos(clock_.Wall());
  const Figures::Snapshot figures = figures_.Read(now, now);
  EXPECT_EQ(figures.total.records, 1u);
  EXPECT_EQ(figures.total.samples, 5u);
  EXPECT_EQ(figures.total.batch_bytes, 5u);
  EXPECT_EQ(figures.total.duplicates, 1u);
  EXPECT_EQ(figures.total.commits, 2u);
}

TEST_F(WriterTest, WithoutRoomNothingIsStoredUntilThereIsSomeAgain) {
  room_ = false;
  EXPECT_EQ(Submit(1), Outcome::kNoRoom);
  EXPECT_TRUE(figures_.Read(0, 0).store_full);
  EXPECT_EQ(figures_.Read(0, 0).refusals.at("store full"), 1u);
  EXPECT_EQ(store_.Find({7, 1}), nullptr);
  room_ = true;
  EXPECT_EQ(Submit(1), Outcome::kCommitted);
  EXPECT_FALSE(figures_.Read(0, 0).store_full);
}

TEST(FiguresTest, RatesAreThoseOfTheLastMinute) {
  constexpr int64_t kSecond = 1'000'000'000;
  Figures figures;
  for (int64_t second = 0; second < 200; ++second) {
    figures.NoteCommit(second * kSecond, {.commits = 1, .samples = second < 150 ? 100u : 40u}, 0.5);
  }
  const auto snapshot = figures.Read(199 * kSecond, 0);
  EXPECT_DOUBLE_EQ(snapshot.samples_per_second, (10 * 100 + 50 * 40) / 60.0);
  EXPECT_DOUBLE_EQ(snapshot.commits_per_second, 1);
  EXPECT_DOUBLE_EQ(snapshot.commit_seconds, 0.5);
  EXPECT_EQ(figures.Read(1000 * kSecond, 0).samples_per_second, 0);
}

TEST(FiguresTest, ADeviceIsConnectedUntilItsLastStreamIsGone) {
  Figures figures;
  figures.NoteConnected("a", 5);
  figures.NoteConnected("a", 9);
  figures.NoteGone("a");
  EXPECT_EQ(figures.ConnectedSince("a"), 5);
  figures.NoteGone("a");
  EXPECT_EQ(figures.ConnectedSince("a"), std::nullopt);
}

}  // namespace
}  // namespace godwit::collector
