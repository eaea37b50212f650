// Each rule of the reading log fails once: a batch that differs from what the sensors gave has
// exactly one violation, and the batch that says the same has none.
#include "tests/sim/reading_log.h"

#include <gtest/gtest.h>

namespace godwit::sim {
namespace {

const TableId kTable(kTableIdSize, 't');
// Whole seconds on the wall clock are whole seconds on the boot clock.
constexpr absl::Duration kWallOffset = absl::Seconds(1'000'000);
constexpr absl::Duration kInterval = absl::Seconds(5);

// Two readings, and the batch that an agent makes of them: a number with a resolution, an exact
// one, an integer and a state.
class ReadingLogTest : public testing::Test {
 protected:
  ReadingLogTest() {
    for (int tick = 0; tick < 2; ++tick) readings_.push_back(Reading(tick));
    batch_ = {.boot_id = BootId(kBootIdSize, 'b'),
              .wall_offset_ns = absl::ToInt64Nanoseconds(kWallOffset),
              .wall_synchronised = true,
              .blocks = {{.table = kTable,
                          .interval_ns = absl::ToInt64Nanoseconds(kInterval),
                          .columns = std::vector<Column>(4)}}};
    for (int tick = 0; tick < 2; ++tick) {
      block().ticks.push_back({absl::ToInt64Nanoseconds(Due(tick) + kWallOffset)});
      for (size_t i = 0; i < 4; ++i) block().columns[i].Append(readings_[tick].values[i]);
    }
  }
  static absl::Duration Due(int tick) { return absl::Seconds(100) + tick * kInterval; }
  static WitnessedReading Reading(int tick) {
    return {.values = {20.125 + tick, 0.1 + tick, int64_t{5} + tick,
                       std::string(tick == 0 ? "open" : "closed")},
            .resolutions = {0.01, 0, 0, 0},
            .at = Due(tick),
            .wall_offset = kWallOffset,
            .wall_synchronised = true,
            .interval = kInterval};
  }
  Block& block() { return batch_.blocks[0]; }
  // Puts another value into a column of both ticks.
  void Replace(size_t column, const Value& first, const Value& second) {
    block().columns[column] = {};
    block().columns[column].Append(first);
    block().columns[column].Append(second);
  }
  // Both ticks and their readings move.
  void Move(absl::Duration by) {
    for (BlockTick& tick : block().ticks) tick.time_unix_ns += absl::ToInt64Nanoseconds(by);
    for (WitnessedReading& reading : readings_) reading.at += by;
  }
  ReadingLog::Covered Take() {
    log_ = {};
    for (const WitnessedReading& reading : readings_) log_.Add(kTable, reading);
    return log_.Take(batch_);
  }
  std::string Violation() { return Take().violation; }

  std::vector<WitnessedReading> readings_;
  Batch batch_;
  ReadingLog log_;
};

TEST_F(ReadingLogTest, ABatchThatSaysWhatTheSensorsGaveCoversIt) {
  const ReadingLog::Covered covered = Take();
  EXPECT_EQ(covered.violation, "");
  EXPECT_EQ(covered.readings, 2u);
  EXPECT_EQ(covered.first, Due(0));
  EXPECT_TRUE(log_.all_taken());
}

TEST_F(ReadingLogTest, AColumnSaysWhatItsSensorGave) {
  Replace(2, int64_t{5}, int64_t{7});
  EXPECT_EQ(Violation(), "column 2 is not what its sensor gave; ");
  Replace(2, int64_t{5}, 6.0);  // of another type
  EXPECT_EQ(Violation(), "column 2 is not what its sensor gave; ");
  Replace(2, int64_t{5}, std::monostate());
  EXPECT_EQ(Violation(), "column 2 is not what its sensor gave; ");
  Replace(2, int64_t{5}, int64_t{6});
  Replace(3, std::string("open"), std::string("open"));
  EXPECT_EQ(Violation(), "column 3 is not what its sensor gave; ");
}

TEST_F(ReadingLogTest, AValueThatWasNotReadIsNotStored) {
  readings_[0].values[0] = std::monostate();
  EXPECT_EQ(Violation(), "column 0 is not what its sensor gave; ");
  Replace(0, std::monostate(), 21.125);
  EXPECT_EQ(Violation(), "");
}

TEST_F(ReadingLogTest, AValueIsRoundedToItsResolutionAndNoFurther) {
  Replace(0, 20.13, 21.12);
  EXPECT_EQ(Violation(), "");
  Replace(0, 20.13, 21.119);
  EXPECT_EQ(Violation(), "column 0 is not what its sensor gave; ");
  Replace(0, int64_t{20}, 21.12);
  EXPECT_EQ(Violation(), "column 0 is not what its sensor gave; ");
}

TEST_F(ReadingLogTest, AValueWithoutAResolutionIsNotRounded) {
  Replace(1, 0.1, 1.1000000000000003);
  EXPECT_EQ(Violation(), "column 1 is not what its sensor gave; ");
}

TEST_F(ReadingLogTest, ABlockIsAsWideAsItsReading) {
  block().columns.pop_back();
  EXPECT_EQ(Violation(), "a block of another width; a block of another width; ");
}

TEST_F(ReadingLogTest, ReadingsKeepTheirOrder) {
  std::swap(readings_[0], readings_[1]);
  EXPECT_EQ(Violation(),
            "column 0 is not what its sensor gave; column 0 is not what its sensor gave; ");
}

TEST_F(ReadingLogTest, ATickHasTheTimeOfItsReading) {
  for (const int sign : {-1, 1}) {
    readings_[1].at = Due(1) + sign * absl::Milliseconds(100);
    EXPECT_EQ(Violation(), "");
    readings_[1].at = Due(1) + sign * absl::Milliseconds(101);
    EXPECT_EQ(Violation(), sign < 0 ? "a tick says another time than that of its reading: "
                                      "1m45s, not 1m44.899s; "
                                    : "a tick says another time than that of its reading: "
                                      "1m45s, not 1m45.101s; ");
  }
}

TEST_F(ReadingLogTest, ATickSaysHowLateItWas) {
  readings_[1].at += absl::Milliseconds(1500);
  EXPECT_EQ(Violation(), "a tick says another time than that of its reading: 1m45s, not 1m46.5s; ");
  block().ticks[1].lateness_ms = 1500;
  EXPECT_EQ(Violation(), "");
}

TEST_F(ReadingLogTest, ATickIsAtMostTwoSecondsLate) {
  for (const uint32_t lateness_ms : {2000u, 2001u}) {
    readings_[1].at = Due(1) + absl::Milliseconds(lateness_ms);
    block().ticks[1].lateness_ms = lateness_ms;
    EXPECT_EQ(Violation(), lateness_ms == 2000 ? "" : "a tick that came too late was not missed; ");
  }
}

TEST_F(ReadingLogTest, ATickIsOnTheGridOfItsClock) {
  Move(absl::Seconds(1));
  EXPECT_EQ(Violation(),
            "a tick is not on the grid of its clock; a tick is not on the grid of its clock; ");
  Move(absl::Seconds(4));
  EXPECT_EQ(Violation(), "");
}

TEST_F(ReadingLogTest, AClockThatDoesNotKnowTheTimeHasNoGrid) {
  Move(absl::Seconds(1));
  batch_.wall_synchronised = false;
  for (WitnessedReading& reading : readings_) reading.wall_synchronised = false;
  EXPECT_EQ(Violation(), "");
}

TEST_F(ReadingLogTest, ABatchSaysWhetherItsClockWasSynchronised) {
  readings_[1].wall_synchronised = false;
  EXPECT_EQ(Violation(), "a batch is wrong about its clock; ");
  readings_[1].wall_synchronised = true;
  batch_.wall_synchronised = false;
  EXPECT_EQ(Violation(), "a batch is wrong about its clock; a batch is wrong about its clock; ");
}

TEST_F(ReadingLogTest, ABatchHasReadingsOfOneClock) {
  for (const int sign : {-1, 1}) {
    readings_[1].wall_offset = kWallOffset + sign * absl::Milliseconds(100);
    EXPECT_EQ(Violation(), "");
    readings_[1].wall_offset = kWallOffset + sign * absl::Milliseconds(101);
    EXPECT_EQ(Violation(), "a batch has readings of two clocks; ");
  }
}

TEST_F(ReadingLogTest, ATickHasAReading) {
  readings_.pop_back();
  EXPECT_EQ(Violation(), "a tick that no sensor gave; ");
}

TEST_F(ReadingLogTest, AReadingIsInOneBatchOnly) {
  EXPECT_EQ(Violation(), "");
  EXPECT_EQ(log_.Take(batch_).violation, "a tick that no sensor gave; ");
}

TEST_F(ReadingLogTest, ATickIsInTheBlockOfItsGroup) {
  block().table = TableId(kTableIdSize, 'u');
  EXPECT_EQ(Violation(), "a tick that no sensor gave; ");
  EXPECT_FALSE(log_.all_taken());
}

TEST_F(ReadingLogTest, AReadingThatIsInNoBatchIsLeft) {
  readings_.push_back(Reading(2));
  EXPECT_EQ(Violation(), "");
  EXPECT_FALSE(log_.all_taken());
}

TEST_F(ReadingLogTest, AGroupWithoutSeriesHasNoTicks) {
  EXPECT_EQ(Violation(), "");
  log_.Add(TableId(kTableIdSize, 'u'), {.at = Due(0)});
  EXPECT_TRUE(log_.all_taken());
}

}  // namespace
}  // namespace godwit::sim
