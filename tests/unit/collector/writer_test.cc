#include "collector/store/writer.h"

#include <gtest/gtest.h>

#include "collector/limits.h"
#include "tests/sim/memory_store.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::collector {
namespace {

class WriterTest : public testing::Test {
 protected:
  WriterTest() {
    EXPECT_TRUE(store_.OpenSession({.device = {.device_id = "dev"}, .runs = {{.run = 7}}}).ok());
  }
  void Deliver(Seq seq, std::string batch = "bytes", bool can_wait = false) {
    writer_.Submit(
        {.device_id = "dev",
         .record = IncomingRecord{.name = {7, seq}, .batch = std::move(batch), .samples = 5}},
        [this](const StatusOr<Outcome>& result) { outcomes_.push_back(*result); }, can_wait);
  }
  void DeliverPatiently(Seq seq, std::string batch = "bytes") {
    Deliver(seq, std::move(batch), true);
  }
  void Run() { scheduler_.RunFor(absl::Seconds(1)); }
  Outcome Submit(Seq seq) {
    Deliver(seq);
    Run();
    return outcomes_.back();
  }
  // An operation that holds so much memory.
  void Write(size_t bytes, CallerGone gone = nullptr) {
    writer_.Write<Status>(
        bytes,
        [this](Store&, int64_t) {
          ++ran_;
          return absl::OkStatus();
        },
        [this](const Status& status) { statuses_.push_back(status); }, std::move(gone));
  }
  uint64_t Commits() { return statistics_.Read(0, 0).total.commits; }

  sim::SimScheduler scheduler_{1};
  sim::SimClock clock_{scheduler_};
  sim::SimExecutor executor_{scheduler_};
  sim::MemoryStore store_{"0123456789abcdef"};
  Statistics statistics_;
  bool room_ = true;
  std::vector<Outcome> outcomes_;
  std::vector<Status> statuses_;
  size_t ran_ = 0;
  Writer writer_{store_, executor_, clock_, statistics_, [this] { return room_; }};
};

TEST_F(WriterTest, WhatIsCommittedIsCounted) {
  EXPECT_EQ(Submit(1), Outcome::kCommitted);
  EXPECT_EQ(Submit(1), Outcome::kDuplicate);
  const auto now = absl::ToUnixNanos(clock_.Wall());
  const Statistics::Snapshot statistics = statistics_.Read(now, now);
  EXPECT_EQ(statistics.total.records, 1u);
  EXPECT_EQ(statistics.total.samples, 5u);
  EXPECT_EQ(statistics.total.batch_bytes, 5u);
  EXPECT_EQ(statistics.total.duplicates, 1u);
  EXPECT_EQ(statistics.total.commits, 2u);
}

TEST_F(WriterTest, WithoutRoomNothingIsStoredUntilThereIsSomeAgain) {
  room_ = false;
  EXPECT_EQ(Submit(1), Outcome::kNoRoom);
  EXPECT_TRUE(statistics_.Read(0, 0).store_full);
  EXPECT_EQ(statistics_.Read(0, 0).refusals.at("store full"), 1u);
  EXPECT_EQ(store_.Find({7, 1}), nullptr);
  room_ = true;
  EXPECT_EQ(Submit(1), Outcome::kCommitted);
  EXPECT_FALSE(statistics_.Read(0, 0).store_full);
}

TEST_F(WriterTest, WithoutRoomNothingIsWrittenAndReadsAreAnswered) {
  room_ = false;
  Write(1);
  std::optional<Status> opened;
  writer_.OpenSession({.device = {.device_id = "dev"}, .runs = {{.run = 8}}},
                      [&](const StatusOr<SessionAnswer>& answer) { opened = answer.status(); });
  std::optional<size_t> commands;
  writer_.Read<StatusOr<std::vector<CommandRow>>>(
      [](Store& store, int64_t now) { return store.OpenCommands("dev", now); },
      [&](const StatusOr<std::vector<CommandRow>>& rows) { commands = rows->size(); });
  Run();
  ASSERT_EQ(statuses_.size(), 1u);
  EXPECT_TRUE(absl::IsUnavailable(statuses_[0])) << statuses_[0];
  EXPECT_EQ(ran_, 0u);
  EXPECT_TRUE(absl::IsUnavailable(*opened));
  EXPECT_EQ(store_.Runs(store_.Devices()->front().key)->size(), 1u);
  EXPECT_EQ(commands, 0u);
  EXPECT_EQ(statistics_.Read(0, 0).refusals.at("store full"), 2u);
}

TEST_F(WriterTest, ASessionSeesWhatWasDeliveredBeforeItInTheSameGroup) {
  Deliver(1);
  std::optional<SessionAnswer> answer;
  writer_.OpenSession({.device = {.device_id = "dev"},
                       .runs = {{.run = 7, .last_seq = 1, .held = SeqSet({{1, 1}})}}},
                      [&](const StatusOr<SessionAnswer>& opened) { answer = *opened; });
  Run();
  EXPECT_EQ(answer->settled.at(7).Ranges(), (std::vector<SeqRange>{{1, 1}}));
  EXPECT_EQ(Commits(), 1u);
}

TEST_F(WriterTest, AGroupHasAsManyOperationsAsItsBoundAndNotOneMore) {
  for (size_t i = 0; i < kCommitOperationsMax; ++i) Write(1);
  Run();
  EXPECT_EQ(Commits(), 1u);
  for (size_t i = 0; i < kCommitOperationsMax + 1; ++i) Write(1);
  Run();
  EXPECT_EQ(Commits(), 3u);
  EXPECT_EQ(ran_, 2 * kCommitOperationsMax + 1);
}

TEST_F(WriterTest, AGroupHasAsManyBytesAsItsBoundOrOneOperationThatIsLarger) {
  Write(kCommitBytesMax / 2);
  Write(kCommitBytesMax / 2);
  Run();
  EXPECT_EQ(Commits(), 1u);
  Write(kCommitBytesMax / 2);
  Write(kCommitBytesMax / 2 + 1);
  Write(kCommitBytesMax + 1);
  Run();
  EXPECT_EQ(Commits(), 4u);
  EXPECT_EQ(ran_, 5u);
}

TEST_F(WriterTest, ACallWhoseCallerHasGoneIsSkippedAndADeliveryIsNot) {
  bool asked = false;
  Write(1, [&] { return asked = true; });
  Write(1, [] { return false; });
  Deliver(1);
  Run();
  EXPECT_TRUE(asked);
  ASSERT_EQ(statuses_.size(), 2u);
  EXPECT_TRUE(absl::IsCancelled(statuses_[0]));
  EXPECT_TRUE(statuses_[1].ok());
  EXPECT_EQ(ran_, 1u);
  EXPECT_EQ(outcomes_.back(), Outcome::kCommitted);
}

TEST_F(WriterTest, AFullQueueRefusesAtOnceAndTakesAgainWhenAGroupIsThrough) {
  for (size_t i = 0; i < kQueueOperationsMax; ++i) Write(1);
  EXPECT_TRUE(statuses_.empty());
  Write(1);
  ASSERT_EQ(statuses_.size(), 1u);
  EXPECT_TRUE(absl::IsUnavailable(statuses_[0])) << statuses_[0];
  EXPECT_EQ(statistics_.Read(0, 0).refusals.at("queue full"), 1u);
  Run();
  EXPECT_EQ(ran_, kQueueOperationsMax);
  Write(1);
  Run();
  EXPECT_TRUE(statuses_.back().ok());
}

TEST_F(WriterTest, AQueueHoldsAsManyBytesAsItsBoundAndNotOneMore) {
  Write(kQueueBytesMax - 1);
  Write(1);
  EXPECT_TRUE(statuses_.empty());
  Write(1);
  ASSERT_EQ(statuses_.size(), 1u);
  EXPECT_TRUE(absl::IsUnavailable(statuses_[0]));
}

// Deliveries that can wait are gathered for a second here.
class GatheringTest : public WriterTest {
 protected:
  GatheringTest() {
    writer_.GatherFor(absl::Seconds(1));
    DeliverPatiently(kFirst);
    Wait(absl::Milliseconds(1));
    EXPECT_EQ(outcomes_.size(), 1u);  // nothing was written before: it does not wait
  }
  void Wait(absl::Duration time) { scheduler_.RunFor(time); }
  static constexpr Seq kFirst = 1;
};

TEST_F(GatheringTest, WhatCanWaitIsOneGroupWhenTheTimeIsOver) {
  for (const Seq seq : {2, 3, 4}) {
    DeliverPatiently(seq);
    Wait(absl::Milliseconds(300));
  }
  EXPECT_EQ(outcomes_.size(), 1u);
  Wait(absl::Milliseconds(200));
  EXPECT_EQ(outcomes_.size(), 4u);
  EXPECT_EQ(Commits(), 2u);
}

TEST_F(GatheringTest, AfterAQuietTimeNothingWaits) {
  Wait(absl::Seconds(2));
  DeliverPatiently(2);
  Wait(absl::Milliseconds(1));
  EXPECT_EQ(outcomes_.size(), 2u);
}

TEST_F(GatheringTest, WhatCannotWaitTakesTheOthersWithIt) {
  DeliverPatiently(2);
  Wait(absl::Milliseconds(1));
  EXPECT_EQ(outcomes_.size(), 1u);
  Write(1);
  Wait(absl::Milliseconds(1));
  EXPECT_EQ(statuses_.size(), 1u);
  EXPECT_EQ(outcomes_.size(), 2u);
  EXPECT_EQ(Commits(), 2u);
}

TEST_F(GatheringTest, AFullGroupDoesNotWait) {
  for (Seq seq = 2; seq <= kCommitOperationsMax; ++seq) DeliverPatiently(seq);
  Wait(absl::Milliseconds(1));
  EXPECT_EQ(outcomes_.size(), 1u);
  DeliverPatiently(kCommitOperationsMax + 1);
  Wait(absl::Milliseconds(1));
  EXPECT_EQ(outcomes_.size(), kCommitOperationsMax + 1);
  DeliverPatiently(kCommitOperationsMax + 2, std::string(kCommitBytesMax, 'x'));
  Wait(absl::Milliseconds(1));
  EXPECT_EQ(outcomes_.size(), kCommitOperationsMax + 2);
}

TEST_F(GatheringTest, OneWhoIsInAHurryEndsTheWait) {
  writer_.Hurry();
  DeliverPatiently(2);
  Wait(absl::Milliseconds(1));
  EXPECT_EQ(outcomes_.size(), 1u);
  writer_.Hurry();
  Wait(absl::Milliseconds(1));
  EXPECT_EQ(outcomes_.size(), 2u);
  DeliverPatiently(3);
  Wait(absl::Milliseconds(500));
  EXPECT_EQ(outcomes_.size(), 2u);
}

TEST_F(GatheringTest, AtTheEndNothingIsLeftWaiting) {
  DeliverPatiently(2);
  Wait(absl::Milliseconds(1));
  executor_.Post([this] { writer_.Stop(); });
  Wait(absl::Milliseconds(1));
  EXPECT_EQ(outcomes_.size(), 2u);
  DeliverPatiently(3);
  Wait(absl::Milliseconds(1));
  EXPECT_EQ(outcomes_.size(), 3u);
}

TEST(StatisticsTest, RatesAreThoseOfTheLastMinute) {
  constexpr int64_t kSecond = 1'000'000'000;
  Statistics statistics;
  for (int64_t second = 0; second < 200; ++second) {
    statistics.NoteCommit(second * kSecond, {.commits = 1, .samples = second < 150 ? 100u : 40u},
                          0.5);
  }
  const auto snapshot = statistics.Read(199 * kSecond, 0);
  EXPECT_DOUBLE_EQ(snapshot.samples_per_second, (10 * 100 + 50 * 40) / 60.0);
  EXPECT_DOUBLE_EQ(snapshot.commits_per_second, 1);
  EXPECT_DOUBLE_EQ(snapshot.commit_seconds, 0.5);
  EXPECT_EQ(statistics.Read(1000 * kSecond, 0).samples_per_second, 0);
}

TEST(StatisticsTest, ADeviceIsConnectedUntilItsLastStreamIsGone) {
  Statistics statistics;
  statistics.NoteConnected("a", 5);
  statistics.NoteConnected("a", 9);
  statistics.NoteGone("a");
  EXPECT_EQ(statistics.ConnectedSince("a"), 5);
  statistics.NoteGone("a");
  EXPECT_EQ(statistics.ConnectedSince("a"), std::nullopt);
}

}  // namespace
}  // namespace godwit::collector
