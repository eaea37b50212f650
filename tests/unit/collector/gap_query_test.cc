#include "collector/fleet/gap_query.h"

#include <gtest/gtest.h>

#include <array>

#include "base/checksum.h"
#include "codec/batch_codec.h"
#include "collector/limits.h"
#include "tests/sim/memory_store.h"

namespace godwit::collector {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kNow = 1'000'000 * kSecond;
const BootId kBoot(kBootIdSize, 'b');

class GapQueryTest : public testing::Test {
 protected:
  void Open(const SessionOpening& opening) {
    SessionOpening filled = opening;
    filled.device.device_id = "dev";
    if (filled.device.boot_id.empty()) filled.device.boot_id = kBoot;
    filled.now_unix_ns = kNow;
    ASSERT_TRUE(store_.OpenSession(filled).ok());
  }
  // Ticks on a grid of seconds, by a clock whose boot was at 0.
  void Store(RecordName name, std::vector<int64_t> ticks, const BootId& boot = kBoot,
             bool synchronised = true, int64_t interval = 1,
             const std::array<std::string, 2>& series = {"a", "b"}) {
    const Table table{.series = {{.name = series[0]}, {.name = series[1]}}};
    const std::string encoded = EncodeTable(table);
    Block block{.table = TableIdOf(table), .interval_ns = interval * kSecond};
    block.columns.resize(2);
    for (const int64_t tick : ticks) {
      block.ticks.push_back({tick * kSecond, 0});
      for (Column& column : block.columns) column.Append(tick);
    }
    const Batch batch{.boot_id = boot, .wall_synchronised = synchronised, .blocks = {block}};
    IncomingRecord record{.name = name,
                          .checksum = name.seq,
                          .batch = *EncodeBatch(batch),
                          .blocks = SpansOf(batch),
                          .clock = {boot, 0, synchronised},
                          .first_unix_ns = ticks.front() * kSecond,
                          .last_unix_ns = ticks.back() * kSecond};
    ASSERT_TRUE(
        store_
            .Commit({{.device_id = "dev", .tables = {{block.table, encoded, 2}}, .record = record}},
                    kNow)
            .ok());
  }
  void StoreList(RecordName name, const std::array<std::string, 2>& series,
                 std::vector<int64_t> ticks) {
    Store(name, std::move(ticks), kBoot, true, 1, series);
  }
  // Of a list with another second series.
  void StoreOther(RecordName name, std::vector<int64_t> ticks, int64_t interval = 1) {
    Store(name, std::move(ticks), kBoot, true, interval, {"a", "c"});
  }
  void StoreFirstAndThird() {
    Open({.runs = {{.run = 7}}});
    Store({7, 1}, {1, 2});
    Store({7, 3}, {5, 6});
  }
  v1::ListGapsResponse Gaps() {
    v1::ListGapsResponse all;
    GapQuery query(store_, store_.DeviceNames()->front(), silent_at_);
    while (const auto page = *query.NextPage()) {
      EXPECT_LE(page->ticks_size() + page->records_size(), static_cast<int>(kGapsPerPage));
      all.MergeFrom(*page);
    }
    return all;
  }
  uint64_t Missing() { return *store_.MissingTicks(store_.DeviceNames()->front().key, {}); }
  // "<ticks> <reason>" of each tick gap.
  std::vector<std::string> TickGaps() {
    std::vector<std::string> out;
    const v1::ListGapsResponse gaps = Gaps();
    for (const v1::TickGap& gap : gaps.ticks()) {
      out.push_back((gap.estimated() ? "about " : "") + std::to_string(gap.ticks()) + " " +
                    gap.reason());
    }
    return out;
  }

  sim::MemoryStore store_{"0123456789abcdef"};
  std::optional<int64_t> silent_at_;
};

using Texts = std::vector<std::string>;

TEST_F(GapQueryTest, NothingIsMissingOfTicksWithoutAHole) {
  Open({.runs = {{.run = 7}}});
  Store({7, 1}, {1, 2, 3});
  Store({7, 2}, {4, 5});
  EXPECT_EQ(TickGaps(), Texts{});
}

TEST_F(GapQueryTest, TicksThatWereNotTakenAreMissed) {
  Open({.runs = {{.run = 7}}});
  Store({7, 1}, {1, 2, 6});
  Store({7, 2}, {9});
  EXPECT_EQ(TickGaps(), (Texts{"3 missed", "2 missed"}));
  const auto gaps = Gaps();
  EXPECT_EQ(gaps.ticks(1).group(), "a and 1 more");
  EXPECT_EQ(gaps.ticks(1).after_unix_ns(), 6 * kSecond);
  EXPECT_EQ(gaps.ticks(1).before_unix_ns(), 9 * kSecond);
}

TEST_F(GapQueryTest, NothingIsMissingWhereTheIntervalChanges) {
  Open({.runs = {{.run = 7}}});
  Store({7, 1}, {10, 20, 30}, kBoot, true, 10);
  Store({7, 2}, {33, 34, 35}, kBoot, true, 1);
  Store({7, 3}, {40, 50}, kBoot, true, 10);
  EXPECT_EQ(TickGaps(), Texts{});
  EXPECT_EQ(*store_.MissingTicks(store_.DeviceNames()->front().key, {}), 0u);
  Store({7, 4}, {80}, kBoot, true, 10);
  EXPECT_EQ(TickGaps(), (Texts{"2 missed"}));
  EXPECT_EQ(*store_.MissingTicks(store_.DeviceNames()->front().key, {}), 2u);
}

TEST_F(GapQueryTest, WhatAnotherListOfSeriesHasInThePlaceOfOneIsNotMissing) {
  Open({.runs = {{.run = 7}}});
  Store({7, 1}, {1, 2, 3});
  StoreOther({7, 2}, {4, 5, 6});
  Store({7, 3}, {7, 8, 9});
  StoreOther({7, 4}, {10, 11});
  Store({7, 5}, {12});
  EXPECT_EQ(TickGaps(), Texts{});
  EXPECT_EQ(Missing(), 0u);
}

TEST_F(GapQueryTest, WhatIsMissingWhereListsOfSeriesTakeTurnsIsCountedOnce) {
  Open({.runs = {{.run = 7}}});
  Store({7, 1}, {1});
  StoreOther({7, 2}, {2});
  Store({7, 3}, {3});
  StoreOther({7, 4}, {6, 8});
  Store({7, 5}, {10});
  EXPECT_EQ(TickGaps(), (Texts{"2 missed", "1 missed", "1 missed"})) << "4 and 5, 7, 9";
  EXPECT_EQ(Missing(), 4u);
}

TEST_F(GapQueryTest, AListOfSeriesBesideAnotherDoesNotStandInForIt) {
  Open({.runs = {{.run = 7}}});
  Store({7, 1}, {1, 2});
  StoreOther({7, 2}, {1, 2});
  StoreOther({7, 3}, {3, 4, 5});
  Store({7, 4}, {6});
  EXPECT_EQ(TickGaps(), Texts{"3 missed"});
  EXPECT_EQ(Missing(), 3u);
}

TEST_F(GapQueryTest, WhereListAndIntervalChangeTheLongerIntervalCounts) {
  Open({.runs = {{.run = 7}}});
  Store({7, 1}, {1, 2});
  StoreOther({7, 2}, {6, 8}, 2);
  Store({7, 3}, {12});
  EXPECT_EQ(TickGaps(), (Texts{"1 missed", "1 missed"})) << "4 and 10";
  EXPECT_EQ(Missing(), 2u);
}

TEST_F(GapQueryTest, AnotherSensorOfTheSameIntervalFillsNoHole) {
  Open({.runs = {{.run = 7}}});
  Store({7, 1}, {1, 2, 3});
  StoreList({7, 2}, {"x", "y"}, {4, 5, 6});
  Store({7, 3}, {7});
  EXPECT_EQ(TickGaps(), Texts{"3 missed"});
  EXPECT_EQ(Missing(), 3u);
}

TEST_F(GapQueryTest, WhatIsMissingBeforeTheOtherListIsCounted) {
  Open({.runs = {{.run = 7}}});
  Store({7, 1}, {1});
  StoreOther({7, 2}, {4});
  Store({7, 3}, {5});
  EXPECT_EQ(TickGaps(), Texts{"2 missed"});
  EXPECT_EQ(Missing(), 2u);
}

TEST_F(GapQueryTest, AListThatMayFollowTwoGroupsFillsTheHolesOfNeither) {
  Open({.runs = {{.run = 7}}});
  Store({7, 1}, {1, 2, 3});
  StoreList({7, 2}, {"x", "y"}, {1, 2, 3});
  StoreList({7, 3}, {"b", "y"}, {4, 5, 6});
  Store({7, 4}, {7});
  StoreList({7, 5}, {"x", "y"}, {7});
  EXPECT_EQ(TickGaps(), (Texts{"3 missed", "3 missed"}));
  EXPECT_EQ(Missing(), 6u);
}

TEST_F(GapQueryTest, ListsThatAreReadAtOneTimeAreTwoGroupsFromThenOn) {
  Open({.runs = {{.run = 7}}});
  Store({7, 1}, {1});
  StoreOther({7, 2}, {2});
  Store({7, 3}, {3, 4, 5});
  StoreOther({7, 4}, {4, 5, 6});
  Store({7, 5}, {6, 7, 8});
  StoreOther({7, 6}, {10});
  EXPECT_EQ(TickGaps(), (Texts{"1 missed", "3 missed"})) << "3, and 7 to 9 of the other list";
  EXPECT_EQ(Missing(), 4u);
}

TEST_F(GapQueryTest, AListThatComesBackAfterARestartGoesOnWhereTheOtherEnded) {
  Open({.runs = {{.run = 7}}});
  Store({7, 1}, {1, 2});
  StoreOther({7, 2}, {3});
  Open({.runs = {{.run = 7}, {.run = 8, .follows_run = 7}}});
  Store({8, 1}, {6});
  EXPECT_EQ(Gaps().ticks(0).ticks(), 2u);
  EXPECT_EQ(Gaps().ticks_size(), 1);
  EXPECT_EQ(Missing(), 2u);
}

TEST_F(GapQueryTest, OfASilentDeviceEverythingSinceItsNewestSamplesIsMissing) {
  Open({.runs = {{.run = 7}}});
  StoreList({7, 1}, {"x", "y"}, {1, 2});
  Store({7, 2}, {90, 91, 92});
  EXPECT_EQ(TickGaps(), Texts{});
  silent_at_ = 100 * kSecond;
  EXPECT_EQ(TickGaps(), Texts{"about 7 not arrived"}) << "the other list ended long before";
  const v1::ListGapsResponse gaps = Gaps();
  EXPECT_EQ(gaps.ticks(0).after_unix_ns(), 92 * kSecond);
  EXPECT_EQ(gaps.ticks(0).before_unix_ns(), 100 * kSecond);
}

TEST_F(GapQueryTest, OfASilentDeviceWithoutATimeTheGapIsThereWithoutACount) {
  Open({.device = {.boot_id = BootId(kBootIdSize, 'x')}, .runs = {{.run = 7}}});
  Store({7, 1}, {1, 2}, kBoot, false);
  silent_at_ = 100 * kSecond;
  EXPECT_EQ(TickGaps(), Texts{"0 not arrived"});
}

TEST_F(GapQueryTest, ManyLostRecordsComeInPagesThatFit) {
  std::vector<ReportedLoss> losses;
  for (Seq seq = 1; seq <= 2000; seq += 2) losses.push_back({7, {seq, seq}, "spool full"});
  Open({.runs = {{.run = 7}}});
  Open({.runs = {{.run = 7, .last_seq = 2000}}, .losses = losses});
  EXPECT_EQ(Gaps().records_size(), 2000);
}

TEST_F(GapQueryTest, TicksOfLostRecordsHaveTheReasonOfTheLoss) {
  StoreFirstAndThird();
  Open({.runs = {{.run = 7, .last_seq = 3}}, .losses = {{7, {2, 2}, "spool full"}}});
  EXPECT_EQ(TickGaps(), Texts{"2 spool full"});
  const v1::ListGapsResponse gaps = Gaps();
  ASSERT_EQ(gaps.records_size(), 1);
  EXPECT_EQ(gaps.records(0).reason(), "spool full");
}

TEST_F(GapQueryTest, WhatTheDeviceMayStillHaveHasNotArrived) {
  StoreFirstAndThird();
  EXPECT_EQ(TickGaps(), Texts{"2 not arrived"});
}

TEST_F(GapQueryTest, ARestartIsTheEndOfACleanOrACutOffRun) {
  Open({.runs = {{.run = 7}, {.run = 8, .follows_run = 7}, {.run = 9, .follows_run = 8}}});
  Store({7, 1}, {1, 2});
  Store({8, 1}, {5, 6});
  Store({9, 1}, {10});
  EXPECT_EQ(TickGaps(), (Texts{"2 stopped", "3 stopped"}));
  Open({.runs = {{.run = 8, .last_seq = 1, .held = SeqSet({{1, 1}}), .unclean_end = true}}});
  EXPECT_EQ(TickGaps(), (Texts{"2 stopped", "3 cut off"}));
}

TEST_F(GapQueryTest, ARunWithoutARecordLiesBetweenItsNeighbours) {
  Open({.runs = {{.run = 7}, {.run = 8, .follows_run = 7}, {.run = 9, .follows_run = 8}}});
  Store({7, 1}, {1});
  Store({9, 1}, {4});
  EXPECT_EQ(TickGaps(), Texts{"2 stopped"});
}

TEST_F(GapQueryTest, AcrossBootsTheWallClockCountsWhereItIsKnown) {
  const BootId other(kBootIdSize, 'c');
  Open({.runs = {{.run = 7}, {.run = 8, .follows_run = 7}}});
  Store({7, 1}, {1, 2});
  Store({8, 1}, {6}, other);
  EXPECT_EQ(TickGaps(), Texts{"3 stopped"});
}

TEST_F(GapQueryTest, AcrossBootsOfWhichOneIsNotKnownNobodyCanCount) {
  const BootId other(kBootIdSize, 'c');
  Open({.runs = {{.run = 7}, {.run = 8, .follows_run = 7}}});
  Store({7, 1}, {1, 2});
  Store({8, 1}, {6}, other, false);
  EXPECT_EQ(TickGaps(), Texts{"0 stopped"});
  // The collector meets that boot: its clock says now what 10 s after boot is.
  Open({.device = {.boot_id = other, .boot_time_ns = kNow, .wall_unix_ns = kNow}});
  EXPECT_EQ(TickGaps(), Texts{"about 3 stopped"});
}

}  // namespace
}  // namespace godwit::collector
