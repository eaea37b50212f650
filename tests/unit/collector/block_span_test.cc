// Ticks that are missing, as strangers may make them: times as far apart as integers are, with an
// interval of a nanosecond.
#include "collector/store/block_span.h"

#include <gtest/gtest.h>

#include <limits>

#include "collector/store/boot_clock.h"

namespace godwit::collector {
namespace {

constexpr int64_t kFirst = std::numeric_limits<int64_t>::min();
constexpr int64_t kLast = std::numeric_limits<int64_t>::max();
constexpr uint64_t kMost = kLast;

TEST(BlockSpanTest, MissingTicksOfOneBlockEndAtTheLargestInteger) {
  Block block{.interval_ns = 1};
  for (const int64_t time : {kFirst, int64_t{0}, kLast}) block.ticks.push_back({time, 0});
  EXPECT_EQ(SpansOf({.blocks = {block}}).at(0).missing, kMost);
}

TEST(BlockSpanTest, MissingTicksOfManyBlocksEndAtTheLargestInteger) {
  MissingTickCount count([](const TableId&) { return absl::NotFoundError("no table"); });
  for (int i = 0; i < 5; ++i) {
    count.Add({.interval_ns = 1, .first_unix_ns = kLast, .last_unix_ns = kFirst, .missing = kMost});
  }
  EXPECT_EQ(count.missing(), kMost);
}

TEST(BlockSpanTest, CountsThatFitAreExact) {
  EXPECT_EQ(SumSaturated(2, 3), 5u);
  EXPECT_EQ(SumSaturated(kMost - 1, 1), kMost);
  EXPECT_EQ(SumSaturated(kMost, 1), kMost);
  EXPECT_EQ(SumSaturated(~uint64_t{0}, ~uint64_t{0}), kMost);
}

}  // namespace
}  // namespace godwit::collector
