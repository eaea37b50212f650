// Whatever goes in comes out: generated columns of every sort, recorded ones, and bytes of the
// past.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <bit>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "bench/data/data_set.h"
#include "codec/batch_codec.h"
#include "tests/reference/random_batch.h"
#include "tests/reference/reference_decoder.h"

namespace godwit {
namespace {

using reference::RandomColumn;
using reference::Sort;

constexpr int64_t kSecond = 1'000'000'000;

Batch BatchOf(std::vector<Column> columns) {
  Block block{.table = TableId(kTableIdSize, 't'), .interval_ns = kSecond};
  for (size_t i = 0; i < columns.front().types.size(); ++i) {
    block.ticks.push_back({static_cast<int64_t>(i) * kSecond, 0});
  }
  block.columns = std::move(columns);
  return {.boot_id = BootId(kBootIdSize, 'b'), .blocks = {std::move(block)}};
}

TEST(RoundTripTest, ColumnsOfAnyValuesInAnyOrderComeBack) {
  EXPECT_TRUE(rc::check([](const std::vector<std::tuple<uint8_t, uint64_t>>& values) {
    if (values.empty()) return;
    Column column;
    for (const auto& [type, bits] : values) {
      switch (type % 4) {
        case 0:
          column.Append(std::monostate{});
          break;
        case 1:
          column.Append(static_cast<int64_t>(bits));
          break;
        case 2:
          column.Append(std::bit_cast<double>(bits));
          break;
        case 3:
          column.Append(std::to_string(bits % 3));
          break;
      }
    }
    const Batch batch = BatchOf({column});
    RC_ASSERT(*DecodeBatch(*EncodeBatch(batch)) == batch);
  }));
}

TEST(RoundTripTest, ColumnsOfEverySortComeBackFromBothDecoders) {
  for (int sort = 0; sort < reference::kSortCount; ++sort) {
    EXPECT_TRUE(rc::check(Cat("sort ", sort), [sort] {
      reference::Noise noise(*rc::gen::arbitrary<uint64_t>());
      const auto ticks = *rc::gen::inRange<size_t>(1, 130);
      const Column before = RandomColumn(Sort::kCounter, ticks, nullptr, noise);
      const Column column = RandomColumn(static_cast<Sort>(sort), ticks, &before, noise);
      const Batch batch = BatchOf({before, column, before});
      const std::string bytes = *EncodeBatch(batch);
      RC_ASSERT(*DecodeBatch(bytes) == batch);
      RC_ASSERT(*reference::DecodeBatch(bytes) == batch);
    }));
  }
}

TEST(RoundTripTest, RecordedValuesComeBackAtEveryLengthOfBlock) {
  for (const char* name : {"proc-idle", "proc-busy"}) {
    const auto set =
        bench::ReadRecording(Cat(GODWIT_SOURCE_DIR "/bench/data/", name, ".csv.zst"), name);
    ASSERT_TRUE(set.ok()) << set.status();
    EXPECT_EQ(set->series(), 504u);
    EXPECT_EQ(set->ticks(), 900u);
    for (const size_t ticks : {1, 7, 60, 300}) {
      for (size_t first = 0; first < 900; first += 300) {
        const Batch batch = set->Slice(first, ticks);
        ASSERT_EQ(*DecodeBatch(*EncodeBatch(batch)), batch) << name << " " << first;
      }
    }
  }
}

// What was written once is read for ever. GODWIT_GOLDEN=write writes the files again, for a new
// version.
class GoldenBatchTest : public ::testing::TestWithParam<int> {};

TEST_P(GoldenBatchTest, BytesOfVersion1AreReadAsTheyWereMeant) {
  reference::Noise noise(static_cast<uint64_t>(GetParam()));
  std::vector<Column> columns;
  for (int sort = 0; sort < reference::kSortCount; ++sort) {
    const Column* before = columns.empty() ? nullptr : &columns.back();
    Column column = RandomColumn(static_cast<Sort>(sort), 40, before, noise);
    columns.push_back(std::move(column));
  }
  const Batch batch = BatchOf(std::move(columns));
  const std::string path =
      Cat(GODWIT_SOURCE_DIR "/tests/golden/batch-1/every-sort-", GetParam(), ".batch");
  if (std::getenv("GODWIT_GOLDEN") != nullptr) std::ofstream(path) << *EncodeBatch(batch);
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  ASSERT_FALSE(bytes.empty()) << path;
  const auto decoded = DecodeBatch(bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, batch);
  EXPECT_EQ(*reference::DecodeBatch(bytes), batch);
}

// A group whose series changed and changed back while the batch was open: A, B, A are three blocks,
// and two of them have one table.
TEST(GoldenBatch, ALayoutThatReturnsIsAnotherBlockOfItsTable) {
  const auto block = [](char table, int first_tick, std::vector<int64_t> columns) {
    Block out{.table = TableId(kTableIdSize, table), .interval_ns = kSecond};
    for (int64_t tick = first_tick; tick < first_tick + 3; ++tick) {
      out.ticks.push_back({tick * kSecond, 0});
    }
    for (const int64_t slope : columns) {
      Column& column = out.columns.emplace_back();
      for (const BlockTick& tick : out.ticks) column.Append(tick.time_unix_ns / kSecond * slope);
    }
    return out;
  };
  const Batch batch{
      .boot_id = BootId(kBootIdSize, 'b'),
      .wall_synchronised = true,
      .blocks = {block('A', 10, {1, 7}), block('B', 13, {1}), block('A', 16, {1, 7})}};
  const std::string path = GODWIT_SOURCE_DIR "/tests/golden/batch-1/returning-layout.batch";
  if (std::getenv("GODWIT_GOLDEN") != nullptr) std::ofstream(path) << *EncodeBatch(batch);
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  ASSERT_FALSE(bytes.empty()) << path;
  const auto decoded = DecodeBatch(bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, batch);
  EXPECT_EQ(*reference::DecodeBatch(bytes), batch);
}

INSTANTIATE_TEST_SUITE_P(EverySort, GoldenBatchTest, ::testing::Values(1, 2, 3));

}  // namespace
}  // namespace godwit
