#include "agent/sampling/tick_schedule.h"

#include <gtest/gtest.h>

#include "agent/limits.h"
#include "agent/sampling/batcher.h"
#include "codec/batch_codec.h"

namespace godwit::agent {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(10);

ClockReading At(absl::Duration boot, absl::Duration wall_since_1970, bool synchronised = true) {
  return {boot, absl::UnixEpoch() + wall_since_1970, synchronised};
}

TEST(TickScheduleTest, TicksFallOnTheWallClocksGridWhileItIsSynchronised) {
  TickSchedule schedule(kInterval, At(absl::Seconds(3), absl::Seconds(1004)));
  EXPECT_EQ(schedule.next().number, 1u);
  EXPECT_EQ(schedule.next().time, absl::FromUnixSeconds(1010));
  EXPECT_EQ(schedule.next().due, absl::Seconds(9));
  schedule.Advance(At(absl::Seconds(9), absl::Seconds(1010)));
  EXPECT_EQ(schedule.next().number, 2u);
  EXPECT_EQ(schedule.next().time, absl::FromUnixSeconds(1020));
}

TEST(TickScheduleTest, ASlewedClockIsFollowedWithoutLosingOrDoublingATick) {
  TickSchedule schedule(kInterval, At(absl::ZeroDuration(), absl::Seconds(1000)));
  absl::Duration drift;
  for (int64_t tick = 0; tick < 1000; ++tick) {
    ASSERT_EQ(schedule.next().time, absl::FromUnixSeconds(1000 + tick * 10));
    drift += absl::Milliseconds(5);  // the wall clock runs 500 ppm fast
    const absl::Duration boot = schedule.next().due;
    schedule.Advance(At(boot, absl::Seconds(1000) + boot + drift));
  }
}

TEST(TickScheduleTest, WithoutASynchronisedClockTicksKeepTheirDistanceOnTheBootClock) {
  TickSchedule schedule(kInterval, At(absl::Seconds(3), absl::Seconds(1004), false));
  EXPECT_EQ(schedule.next().due, absl::Seconds(10));
  // The wall clock steps by an hour and a bit: nothing happens to the ticks.
  schedule.Advance(At(absl::Seconds(10), absl::Seconds(4611.3), false));
  EXPECT_EQ(schedule.next().due, absl::Seconds(20));
}

TEST(TickScheduleTest, AStepOfTheWallClockMovesATickByLessThanAnInterval) {
  TickSchedule schedule(kInterval, At(absl::ZeroDuration(), absl::Seconds(1000)));
  const absl::Duration before = schedule.next().due;
  schedule.Advance(At(before, absl::Seconds(5003.7)));
  EXPECT_GE(schedule.next().due - before, kInterval / 2);
  EXPECT_LE(schedule.next().due - before, kInterval * 3 / 2);
  EXPECT_EQ(schedule.next().time, absl::FromUnixSeconds(5010));
}

// The step came after the tick was planned.
TEST(TickScheduleTest, ATickHasTheTimeOfTheClockItIsTakenBy) {
  for (const double step : {-3600.0, -3.7, 3.7, 5.2, 3600.0}) {
    TickSchedule schedule(kInterval, At(absl::Seconds(1), absl::Seconds(1001)));
    const absl::Duration planned = schedule.next().due;
    schedule.SkipMissed(At(planned, absl::Seconds(1000) + planned + absl::Seconds(step)));
    const ScheduledTick tick = schedule.next();
    EXPECT_EQ(tick.number, 1u);
    EXPECT_EQ(schedule.missed(), 0u);
    EXPECT_GE(tick.due, planned) << step;
    EXPECT_LT(tick.due - planned, kInterval) << step;
    EXPECT_EQ(tick.time - absl::FromUnixSeconds(1000), tick.due + absl::Seconds(step)) << step;
    EXPECT_EQ(absl::ToUnixSeconds(tick.time) % 10, 0) << step;
  }
}

TEST(TickScheduleTest, ATickOfAClockThatFoundTheTimeIsOnItsGrid) {
  TickSchedule schedule(kInterval, At(absl::Seconds(3), absl::Seconds(7), false));
  EXPECT_EQ(schedule.next().due, absl::Seconds(10));
  schedule.SkipMissed(
      At(absl::Seconds(10), absl::FromUnixSeconds(1'790'000'003) - absl::UnixEpoch()));
  EXPECT_EQ(schedule.next().time, absl::FromUnixSeconds(1'790'000'010));
  EXPECT_EQ(schedule.next().due, absl::Seconds(17));
}

TEST(TickScheduleTest, ALateTickIsTakenAndAMissedOneIsCounted) {
  TickSchedule schedule(absl::Seconds(1), At(absl::ZeroDuration(), absl::Seconds(1000)));
  const ClockReading late = At(kTickLatenessMax, absl::Seconds(1000) + kTickLatenessMax);
  schedule.SkipMissed(late);
  EXPECT_EQ(schedule.next().number, 1u);
  EXPECT_EQ(schedule.missed(), 0u);
  // A suspend of 100 s: its ticks are counted, not made up.
  schedule.SkipMissed(At(absl::Seconds(100), absl::Seconds(1100)));
  EXPECT_EQ(schedule.next().number, 99u);
  EXPECT_EQ(schedule.missed(), 98u);
}

class BatcherTest : public testing::Test {
 protected:
  ScheduledTick Tick(uint64_t number) {
    return {.number = number,
            .due = absl::Seconds(number),
            .time = absl::FromUnixSeconds(static_cast<int64_t>(1000 + number))};
  }
  ClockReading Now(uint64_t number) {
    return At(absl::Seconds(number), absl::Seconds(1000 + number));
  }
  void Add(uint64_t number, const Value& value) {
    EXPECT_EQ(batcher_.Add(group_, Tick(number), Now(number), {value}), 0u);
  }

  Batcher batcher_{BatchOptions{.boot_id = BootId(kBootIdSize, 'b')}};
  Batcher::GroupNumber group_ =
      batcher_.AddGroup(Table{.series = {{.name = "a"}}}, absl::Seconds(1));
};

TEST_F(BatcherTest, ASealedBatchHasItsTicksValuesAndTables) {
  Add(1, int64_t{7});
  ClockReading late = Now(2);
  late.boot += absl::Milliseconds(30);
  EXPECT_EQ(batcher_.Add(group_, Tick(2), late, {std::monostate{}}), 0u);
  const SealedBatch sealed = batcher_.Seal();
  ASSERT_EQ(sealed.batch.blocks.size(), 1u);
  const Block& block = sealed.batch.blocks[0];
  EXPECT_EQ(block.ticks, (std::vector<BlockTick>{{1001'000'000'000, 0}, {1002'000'000'000, 30}}));
  EXPECT_EQ(block.columns[0].At(0), Value(int64_t{7}));
  EXPECT_EQ(block.columns[0].At(1), Value());
  EXPECT_EQ(sealed.tables.size(), 1u);
  EXPECT_EQ(sealed.batch.wall_offset_ns, 1000'000'000'000);
  EXPECT_TRUE(batcher_.empty());
}

TEST_F(BatcherTest, ValuesAreRoundedToTheResolutionOfTheirSeriesAndOnlyThose) {
  const auto group = batcher_.AddGroup(
      Table{.series = {{.name = "rounded", .resolution = 0.01}, {.name = "exact"}}},
      absl::Seconds(1));
  EXPECT_EQ(batcher_.Add(group, Tick(1), Now(1), {230.123456, 230.123456}), 0u);
  const SealedBatch sealed = batcher_.Seal();
  const Block& block = sealed.batch.blocks[0];
  EXPECT_EQ(block.columns[0].At(0), Value(230.12));
  EXPECT_EQ(block.columns[1].At(0), Value(230.123456));
}

TEST_F(BatcherTest, ABatchHasOneClock) {
  Add(1, int64_t{7});
  EXPECT_TRUE(batcher_.Accepts(group_, Tick(2), Now(2)));
  ClockReading stepped = Now(2);
  stepped.wall += kClockStepMin;
  EXPECT_FALSE(batcher_.Accepts(group_, Tick(2), stepped));
  ClockReading unsynchronised = Now(2);
  unsynchronised.wall_synchronised = false;
  EXPECT_FALSE(batcher_.Accepts(group_, Tick(2), unsynchronised));
  EXPECT_FALSE(batcher_.Accepts(group_, Tick(1), Now(1))) << "ticks ascend";
}

TEST_F(BatcherTest, AStateThatNoBatchCanHoldBecomesNullAndIsCounted) {
  Add(1, std::string(kStateBytesMax, 'x'));
  EXPECT_EQ(batcher_.Add(group_, Tick(2), Now(2), {std::string(kStateBytesMax + 1, 'x')}), 1u);
  EXPECT_EQ(batcher_.Add(group_, Tick(3), Now(3), {"\x1b[2J"}), 1u);
  Add(4, "short");
  const SealedBatch sealed = batcher_.Seal();
  const Column& column = sealed.batch.blocks[0].columns[0];
  EXPECT_EQ(column.At(0), Value(std::string(kStateBytesMax, 'x')));
  EXPECT_EQ(column.At(1), Value());
  EXPECT_EQ(column.At(2), Value());
  EXPECT_EQ(column.At(3), Value("short"));
}

TEST_F(BatcherTest, ABatchIsSealedBeforeAColumnHasMoreStatesThanItCanHold) {
  uint64_t number = 1;
  for (; number < 2000 && batcher_.Accepts(group_, Tick(number), Now(number)); ++number) {
    Add(number, std::to_string(number));
  }
  EXPECT_EQ(number - 1, kColumnStatesMax);
  SealedBatch sealed = batcher_.Seal();
  EXPECT_TRUE(EncodeBatch(sealed.batch).ok());
  EXPECT_EQ(sealed.batch.blocks[0].columns[0].At(kColumnStatesMax - 1),
            Value(std::to_string(kColumnStatesMax)));
  ASSERT_TRUE(batcher_.Accepts(group_, Tick(number), Now(number)));
  Add(number, std::to_string(number));
  sealed = batcher_.Seal();
  EXPECT_EQ(sealed.batch.blocks[0].columns[0].At(0), Value(std::to_string(number)));
}

TEST_F(BatcherTest, ABatchIsSealedBeforeItsColumnsHaveMoreStatesThanItCanHold) {
  Table wide;
  for (size_t i = 0; i < 1000; ++i) wide.series.push_back({.name = std::to_string(i)});
  const auto group = batcher_.AddGroup(wide, absl::Seconds(1));
  uint64_t number = 1;
  for (; number < 100 && batcher_.Accepts(group, Tick(number), Now(number)); ++number) {
    const std::vector<Value> row(wide.series.size(), Value(std::to_string(number)));
    EXPECT_EQ(batcher_.Add(group, Tick(number), Now(number), row), 0u);
  }
  EXPECT_EQ(number - 1, kBatchStatesMax / wide.series.size());
  EXPECT_TRUE(EncodeBatch(batcher_.Seal().batch).ok());
  EXPECT_TRUE(batcher_.Accepts(group, Tick(number), Now(number)));
}

TEST_F(BatcherTest, ABatchIsFullWellBeforeItsBound) {
  uint64_t number = 1;
  while (!batcher_.full()) {
    Add(number, int64_t{1});
    ++number;
  }
  EXPECT_LT(number * 21, kBatchRawBytesMax);
}

}  // namespace
}  // namespace godwit::agent
