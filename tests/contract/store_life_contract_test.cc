// What every Store promises over its life, over SQLite and the simulated twin: corrected times,
// retention, alerts, rejections.
#include <gtest/gtest.h>

#include "tests/contract/store_worlds.h"

namespace godwit::collector {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kNow = 1'000'000 * kSecond;

template <typename World>
class StoreLifeContract : public testing::Test {
 protected:
  SessionAnswer Open(SessionOpening opening) {
    if (opening.device.device_id.empty()) opening.device.device_id = "dev";
    if (opening.device.boot_id.empty()) opening.device.boot_id = BootId(kBootIdSize, 'b');
    if (opening.now_unix_ns == 0) opening.now_unix_ns = kNow;
    const auto answer = world_.store().OpenSession(opening);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *answer : SessionAnswer{};
  }
  // One tick, at `time` by a clock of that offset.
  IncomingRecord Record(RecordName name, int64_t time, BatchClock clock = {}) {
    if (clock.boot_id.empty()) clock = {BootId(kBootIdSize, 'b'), 0, true};
    return {.name = name,
            .checksum = 1,
            .batch = std::string(2000, 'x'),
            .clock = clock,
            .first_unix_ns = time,
            .last_unix_ns = time,
            .samples = 1};
  }
  Outcome Commit(const IncomingRecord& record, int64_t now = kNow) {
    const auto outcomes = world_.store().Commit({{.device_id = "dev", .record = record}}, now);
    EXPECT_TRUE(outcomes.ok()) << outcomes.status();
    return outcomes.ok() ? outcomes->front() : Outcome::kConflict;
  }
  DeviceRow Device() { return world_.reader().Devices()->front(); }
  std::vector<StoredSpans> Spans() { return *world_.reader().Spans(Device().key, {}, 100); }
  std::vector<Seq> Seqs(TimeRange times = {}) { return StoredSeqs(world_.reader(), times); }
  std::map<std::string, uint64_t> Alerts() {
    std::map<std::string, uint64_t> counts;
    for (const AlertRow& alert : Device().alerts) counts[alert.kind] = alert.count;
    return counts;
  }

  World world_;
};

TYPED_TEST_SUITE(StoreLifeContract, StoreWorlds);

// A device that starts in 1970: its boot clock at 50 s when it first meets the collector.
TYPED_TEST(StoreLifeContract, TimesOfADeviceWithoutAClockArePutRightByTheCollectorsClock) {
  const BatchClock lost{BootId(kBootIdSize, 'b'), 0, false};
  this->Open({.device = {.boot_time_ns = 50 * kSecond, .wall_unix_ns = 50 * kSecond}});
  EXPECT_EQ(this->Commit(this->Record({7, 1}, 40 * kSecond, lost)), Outcome::kCommitted);
  const auto spans = this->Spans();
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].quality, TimeQuality::kEstimated);
  EXPECT_EQ(spans[0].shift_ns, kNow - 50 * kSecond);
  const int64_t truly = kNow - 10 * kSecond;
  EXPECT_EQ(this->Seqs({truly, truly + 1}), std::vector<Seq>{1});
  EXPECT_EQ(this->Seqs({0, kSecond}), std::vector<Seq>{});
}

TYPED_TEST(StoreLifeContract, AClockThatBecomesSynchronisedPutsItsWholeBootRight) {
  const BatchClock lost{BootId(kBootIdSize, 'b'), 0, false};
  this->Open({.device = {.boot_time_ns = 50 * kSecond, .wall_unix_ns = 50 * kSecond}});
  this->Commit(this->Record({7, 1}, 40 * kSecond, lost));
  const int64_t offset = kNow - 53 * kSecond;
  this->Commit(this->Record({7, 2}, offset + 60 * kSecond, {lost.boot_id, offset, true}));
  auto spans = this->Spans();
  EXPECT_EQ(spans[0].quality, TimeQuality::kExact);
  EXPECT_EQ(spans[0].shift_ns, offset);
  EXPECT_EQ(spans[1].shift_ns, 0);
  // The collector's clock says nothing any more.
  this->Open({.device = {.boot_time_ns = 70 * kSecond}, .now_unix_ns = 5 * kNow});
  EXPECT_EQ(this->Spans()[0].shift_ns, offset);
  const int64_t truly = offset + 40 * kSecond;
  EXPECT_EQ(this->Seqs({truly, truly + 1}), std::vector<Seq>{1});
}

TYPED_TEST(StoreLifeContract, WhatKeepsADevicesClockRightIsKeptUntilItReportsAnother) {
  const auto device = [this] { return this->world_.reader().Devices()->front(); };
  this->Open({.device = {.wall_synchronised = true}, .report = DeviceReport{}});
  EXPECT_TRUE(device().report->wall_synchronised);  // an older agent's session says no more
  EXPECT_EQ(device().report->wall_source, "");
  this->Open({.device = {.wall_synchronised = true},
              .report = DeviceReport{.wall_source = "none", .wall_synchronised = false}});
  EXPECT_EQ(device().report->wall_source, "none");
  EXPECT_FALSE(device().facts.wall_synchronised);
  this->Open({.report = DeviceReport{}});
  EXPECT_EQ(device().report->wall_source, "none");
  this->Open({.report = DeviceReport{.wall_source = "kernel", .wall_synchronised = true}});
  this->Open({.device = {.wall_synchronised = true}, .report = DeviceReport{}});
  EXPECT_EQ(device().report->wall_source, "kernel");
  EXPECT_TRUE(device().facts.wall_synchronised);
}

TYPED_TEST(StoreLifeContract, ADeviceClockThatAgreesWithTheCollectorsIsLeftAsItIs) {
  const int64_t offset = kNow - 55 * kSecond;
  this->Open({.device = {.boot_time_ns = 50 * kSecond, .wall_unix_ns = offset + 50 * kSecond}});
  this->Commit(
      this->Record({7, 1}, offset + 40 * kSecond, {BootId(kBootIdSize, 'b'), offset, false}));
  EXPECT_EQ(this->Spans()[0].shift_ns, 0);
  EXPECT_EQ(this->Spans()[0].quality, TimeQuality::kEstimated);
}

TYPED_TEST(StoreLifeContract, ABootNobodyMetHasNoKnownTime) {
  this->Open({});
  this->Commit(this->Record({7, 1}, 40 * kSecond, {BootId(kBootIdSize, 'c'), 0, false}));
  EXPECT_EQ(this->Spans()[0].quality, TimeQuality::kUnknown);
  EXPECT_EQ(this->Spans()[0].shift_ns, 0);
}

TYPED_TEST(StoreLifeContract, TimesOutOfThisWorldAreTakenAndHarmNothing) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  this->Open({.device = {.boot_time_ns = kMin, .wall_unix_ns = kMax}});
  Seq seq = 0;
  for (const int64_t time : {kMin, int64_t{-1}, kMax}) {
    for (const int64_t offset : {kMin, int64_t{0}, kMax}) {
      EXPECT_EQ(
          this->Commit(this->Record({7, ++seq}, time, {BootId(kBootIdSize, 'b'), offset, false})),
          Outcome::kCommitted);
    }
  }
  this->Open({.device = {.boot_time_ns = kMax, .wall_unix_ns = kMin}, .now_unix_ns = 2 * kNow});
  this->Open({.device = {.wall_synchronised = true, .boot_time_ns = kMin, .wall_unix_ns = kMax}});
  EXPECT_EQ(this->Seqs().size(), 9u);
}

TYPED_TEST(StoreLifeContract, RetentionByAgeTakesOldSamplesAndForgetsNothingThatIsSettled) {
  this->Open({.runs = {{.run = 7}}});
  for (Seq seq = 1; seq <= 10; ++seq) {
    this->Commit(this->Record({7, seq}, kNow - static_cast<int64_t>(20 - seq) * kSecond));
  }
  const Retention retention{.age = absl::Seconds(15)};
  EXPECT_EQ(*this->world_.store().Prune(retention, 3, kNow), 3u);
  EXPECT_EQ(*this->world_.store().Prune(retention, 3, kNow), 1u);
  EXPECT_EQ(*this->world_.store().Prune(retention, 3, kNow), 0u);
  EXPECT_EQ(this->Seqs(), (std::vector<Seq>{5, 6, 7, 8, 9, 10}));
  this->world_.Reopen();
  // What is gone is a duplicate for ever, and the answer to the device is that it is settled.
  EXPECT_EQ(this->Commit(this->Record({7, 1}, kNow)), Outcome::kDuplicate);
  const auto answer = this->Open({.runs = {{.run = 7, .last_seq = 10, .held = SeqSet({{1, 10}})}}});
  EXPECT_EQ(answer.settled.at(7).Count(), 10u);
  EXPECT_TRUE(this->Device().gap_records.empty());
}

TYPED_TEST(StoreLifeContract, AgeCountsFromTheCommitWhileATimeIsNotKnown) {
  this->Open({});
  this->Commit(this->Record({7, 1}, 40 * kSecond, {BootId(kBootIdSize, 'c'), 0, false}), kNow);
  const Retention retention{.age = absl::Seconds(10)};
  EXPECT_EQ(*this->world_.store().Prune(retention, 9, kNow + 9 * kSecond), 0u);
  EXPECT_EQ(*this->world_.store().Prune(retention, 9, kNow + 11 * kSecond), 1u);
}

TYPED_TEST(StoreLifeContract, ATimeInTheFutureDoesNotKeepARecordForEver) {
  this->Open({});
  this->Commit(this->Record({7, 1}, 100 * kNow), kNow);
  EXPECT_EQ(*this->world_.store().Prune({.age = absl::Seconds(10)}, 9, kNow + 11 * kSecond), 1u);
}

TYPED_TEST(StoreLifeContract, RetentionByBytesTakesTheOldestUntilItFits) {
  this->Open({});
  for (Seq seq = 1; seq <= 200; ++seq) {
    this->Commit(this->Record({7, seq}, kNow - static_cast<int64_t>(1000 - seq) * kSecond));
  }
  const Retention retention{.bytes = 300'000};
  size_t removed = 0;
  while (const size_t now = *this->world_.store().Prune(retention, 4, kNow)) removed += now;
  EXPECT_GT(removed, 20u);
  EXPECT_LT(removed, 190u);
  EXPECT_EQ(this->Seqs().front(), removed + 1);
  EXPECT_EQ(this->Seqs().back(), 200u);
}

TYPED_TEST(StoreLifeContract, OtherBytesUnderATakenNameRaiseAnAlert) {
  this->Open({});
  this->Commit(this->Record({7, 1}, kNow));
  auto other = this->Record({7, 1}, kNow);
  other.checksum = 2;
  EXPECT_EQ(this->Commit(other), Outcome::kConflict);
  EXPECT_EQ(this->Commit(other), Outcome::kConflict);
  EXPECT_EQ(this->Alerts(), (std::map<std::string, uint64_t>{{"conflict", 2}}));
}

TYPED_TEST(StoreLifeContract, TwoRunsWithRecordsThatFollowTheSameOneAreAClone) {
  this->Open({.runs = {{.run = 7, .last_seq = 1, .held = SeqSet({{1, 1}})}}});
  this->Commit(this->Record({7, 1}, kNow));
  this->Open({.runs = {{.run = 8, .follows_run = 7, .follows_last_seq = 1}}});
  this->Open({.runs = {{.run = 9, .follows_run = 7, .follows_last_seq = 1}}});
  this->Commit(this->Record({8, 1}, kNow));
  // A start that never had a record is no clone.
  EXPECT_TRUE(this->Alerts().empty());
  this->Commit(this->Record({9, 1}, kNow));
  this->Commit(this->Record({9, 2}, kNow));
  EXPECT_EQ(this->Alerts(), (std::map<std::string, uint64_t>{{"cloned", 1}}));
  this->world_.Reopen();
  this->Commit(this->Record({9, 3}, kNow));
  EXPECT_EQ(this->Alerts().at("cloned"), 1u);
}

TYPED_TEST(StoreLifeContract, TwoBootsOfOneDeviceThatTakeTurnsShareAnIdentity) {
  const auto open = [&](char boot, int64_t second) {
    this->Open(
        {.device = {.boot_id = BootId(kBootIdSize, boot)}, .now_unix_ns = kNow + second * kSecond});
  };
  open('a', 0);
  open('b', 10);  // a reboot
  open('a', 15);  // a call that was late
  open('b', 16);
  open('c', 500);
  EXPECT_TRUE(this->Alerts().empty());
  open('b', 600);
  EXPECT_EQ(this->Alerts(), (std::map<std::string, uint64_t>{{"identity shared", 1}}));
}

// A collector that is new to the device hears of a run's copies and of its place in one call.
TYPED_TEST(StoreLifeContract, QuarantinedCopiesDoNotTakeARunOutOfItsPlace) {
  this->Open({.runs = {{.run = 9, .last_seq = 1},
                       {.run = 7,
                        .last_seq = 1,
                        .held = SeqSet({{1, 1}}),
                        .follows_run = 9,
                        .follows_last_seq = 1}},
              .quarantined = {{7, {1, 1}}}});
  const auto runs = *this->world_.reader().Runs(this->Device().key);
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].id, 9u);
  EXPECT_EQ(runs[1].id, 7u);
  EXPECT_EQ(runs[1].follows, 9u);
}

TYPED_TEST(StoreLifeContract, ARejectionSettlesOnceTheDeviceKeepsACopy) {
  this->Open({.runs = {{.run = 7}}});
  ASSERT_TRUE(
      this->world_.store().Commit({{.device_id = "dev", .quarantined = {{7, {2, 3}}}}}, 9).ok());
  EXPECT_EQ(this->Alerts(), (std::map<std::string, uint64_t>{{"rejected", 1}}));
  // Of 3 this device has no copy any more: an image was put back.
  const auto answer = this->Open({.runs = {{.run = 7, .last_seq = 4, .held = SeqSet({{1, 4}})}},
                                  .quarantined = {{7, {2, 2}}, {7, {4, 4}}}});
  EXPECT_EQ(answer.settled.at(7).Ranges(), (std::vector<SeqRange>{{2, 2}, {4, 4}}));
  EXPECT_TRUE(this->Device().gap_records.empty());
  // A newer decoder takes it after all.
  this->world_.Reopen();
  EXPECT_EQ(this->Commit(this->Record({7, 3}, kNow)), Outcome::kCommitted);
  EXPECT_EQ(this->Commit(this->Record({7, 3}, kNow)), Outcome::kDuplicate);
  EXPECT_EQ(this->Seqs(), std::vector<Seq>{3});
}

// An image without the copies was put back, and its spool had no room for new ones: 2 is held, of 3
// there is a copy, 4 and 5 had to go.
TYPED_TEST(StoreLifeContract, ARejectedRecordThatIsLostWithoutACopyIsAGap) {
  this->Open({.runs = {{.run = 7, .last_seq = 6, .held = SeqSet({{1, 6}})}},
              .quarantined = {{7, {2, 5}}}});
  this->world_.Reopen();
  const SessionOpening lossy{.runs = {{.run = 7, .last_seq = 6, .held = SeqSet({{2, 2}, {6, 6}})}},
                             .losses = {{7, {2, 5}, "spool full"}},
                             .quarantined = {{7, {3, 3}}}};
  this->Commit(this->Record({7, 1}, kNow));
  for (int said = 0; said < 2; ++said) {
    this->Open(lossy);
    EXPECT_EQ(this->Device().gap_records, (std::map<std::string, uint64_t>{{"spool full", 2}}));
  }
  // Another machine with the same card has one of them still, and a copy of the other.
  EXPECT_EQ(this->Commit(this->Record({7, 4}, kNow)), Outcome::kCommitted);
  EXPECT_EQ(this->Device().gap_records, (std::map<std::string, uint64_t>{{"spool full", 1}}));
  this->Open({.quarantined = {{7, {4, 5}}}});
  EXPECT_TRUE(this->Device().gap_records.empty());
  EXPECT_EQ(this->Commit(this->Record({7, 4}, kNow)), Outcome::kDuplicate);
}

}  // namespace
}  // namespace godwit::collector
