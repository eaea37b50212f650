#include "codec/batch_codec.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "codec/limits.h"
#include "codec/streams.h"
#include "codec/zstd_frame.h"

namespace godwit {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr size_t kHeadBytes = 31;  // before the table ids

Table TwoSeries() {
  return {.series = {{.name = "a", .unit = "s", .kind = Kind::kCounter, .attributes = {{"k", "v"}}},
                     {.name = "b", .unit = "", .kind = Kind::kState, .attributes = {}}}};
}

Batch BatchOf(const std::vector<std::vector<Value>>& columns) {
  Batch batch{.boot_id = BootId(kBootIdSize, 'x'), .wall_offset_ns = -5, .wall_synchronised = true};
  Block block{.table = TableIdOf(TwoSeries()), .interval_ns = kSecond};
  for (size_t i = 0; i < columns.front().size(); ++i) {
    block.ticks.push_back({static_cast<int64_t>(i) * kSecond, static_cast<uint32_t>(i)});
  }
  for (const auto& values : columns) {
    Column& column = block.columns.emplace_back();
    for (const Value& value : values) column.Append(value);
  }
  batch.blocks.push_back(block);
  return batch;
}

void ExpectRoundTrip(const Batch& batch) {
  const auto encoded = EncodeBatch(batch);
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  const auto decoded = DecodeBatch(*encoded);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, batch);
}

TEST(BatchCodecTest, EveryValueComesBackBitForBit) {
  ExpectRoundTrip(BatchOf(
      {{std::numeric_limits<int64_t>::min(), int64_t{-1}, std::monostate{}, 0.0, -0.0},
       {std::bit_cast<double>(0x7ff8'dead'beef'0001), std::numeric_limits<double>::denorm_min(),
        -std::numeric_limits<double>::infinity(), std::string("open"), std::string("")}}));
}

TEST(BatchCodecTest, CountersThatWrapOrStartAgainComeBack) {
  std::vector<Value> wraps;
  std::vector<Value> resets;
  for (int64_t i = 0; i < 40; ++i) {
    wraps.emplace_back(static_cast<int64_t>(uint64_t{INT64_MAX} - 20 + static_cast<uint64_t>(i)));
    resets.emplace_back(i % 17 * 1000 + i % 3);
  }
  ExpectRoundTrip(BatchOf({wraps, resets}));
}

TEST(BatchCodecTest, AFewValuesThatAreNoDecimalsArePatched) {
  std::vector<Value> column;
  for (int i = 0; i < 64; ++i) column.emplace_back(static_cast<double>(200 + i % 5) / 10);
  const size_t plain = EncodeBatch(BatchOf({column}))->size();
  column[20] = std::numeric_limits<double>::quiet_NaN();
  column[40] = std::bit_cast<double>(0xfff8'0000'0000'1234);
  column[41] = -0.0;
  column[42] = int64_t{7};
  const Batch batch = BatchOf({column});
  ExpectRoundTrip(batch);
  EXPECT_LT(EncodeBatch(batch)->size(), plain + 4 * 12);
}

TEST(BatchCodecTest, NullsAtTheSameTicksAreWrittenOnce) {
  std::vector<std::vector<Value>> columns(50);
  for (int64_t i = 0; i < 100; ++i) {
    for (auto& column : columns) {
      column.push_back(i % 7 == 3 ? Value() : Value(i));
    }
  }
  const Batch batch = BatchOf(columns);
  ExpectRoundTrip(batch);
  const Batch one = BatchOf({columns[0]});
  EXPECT_LT(EncodeBatch(batch)->size(),
            EncodeBatch(one)->size() + 100);  // their runs take 15 bytes a column
}

TEST(BatchCodecTest, AColumnInAnotherUnitIsACopy) {
  std::vector<Value> pages;
  std::vector<Value> kilobytes;
  uint64_t noise = 1;
  for (int i = 0; i < 60; ++i) {
    noise = noise * 6364136223846793005 + 1442695040888963407;
    pages.emplace_back(static_cast<int64_t>(noise >> 40));
    kilobytes.emplace_back(static_cast<int64_t>(noise >> 40) * 4);
  }
  const Batch batch = BatchOf({pages, kilobytes});
  ExpectRoundTrip(batch);
  EXPECT_LT(EncodeBatch(batch)->size(), EncodeBatch(BatchOf({pages}))->size() + 16);
}

TEST(BatchCodecTest, BlocksOfOtherTicksAndTheSameTicksComeBack) {
  Batch batch = BatchOf({{int64_t{1}, int64_t{2}, int64_t{4}}});
  batch.blocks.push_back(batch.blocks[0]);
  batch.blocks.push_back(batch.blocks[0]);
  batch.blocks[2].ticks[2].time_unix_ns += 5 * kSecond;  // missed five
  batch.blocks[2].ticks[1].lateness_ms = UINT32_MAX;
  batch.blocks[2].interval_ns = INT64_MAX;
  ExpectRoundTrip(batch);
  ExpectRoundTrip({.boot_id = BootId(kBootIdSize, 'b')});
}

TEST(BatchCodecTest, ATruncatedBatchIsRefusedAtEveryLength) {
  const std::string encoded = *EncodeBatch(BatchOf({{int64_t{1}, int64_t{2}}}));
  for (size_t size = 0; size < encoded.size(); ++size) {
    EXPECT_FALSE(DecodeBatch(encoded.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(DecodeBatch(encoded + "x").ok());
}

TEST(BatchCodecTest, AnUnknownVersionIsNotCalledDamage) {
  std::string encoded = *EncodeBatch(BatchOf({{int64_t{1}}}));
  encoded[3] = 0;
  EXPECT_TRUE(absl::IsUnimplemented(DecodeBatch(encoded).status()));
  encoded[3] = 1;
  encoded[4] = 2;  // needs the batch before it
  EXPECT_TRUE(absl::IsUnimplemented(DecodeBatch(encoded).status()));
}

// A batch whose frame says that it holds `raw`.
std::string Framed(const std::string& raw) {
  std::string bytes = EncodeBatch(BatchOf({{int64_t{1}}}))->substr(0, kHeadBytes + kTableIdSize);
  ZstdCompressor(ZstdCompressor::Content::kText).Compress({raw}, bytes);
  return bytes;
}

TEST(BatchCodecTest, AFrameThatWouldInflateBeyondTheLimitIsRefusedByName) {
  const Status status = DecodeBatch(Framed(std::string(kBatchRawBytesMax + 1, '\0'))).status();
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_EQ(Message(status), "batch: 983041 bytes inside; the limit is 983040");
}

// The largest number of constant columns costs a few bytes: it is their ticks that are counted.
TEST(BatchCodecTest, ManyValuesInFewBytesAreRefusedByName) {
  std::vector<std::vector<Value>> columns(300, std::vector<Value>(4000, int64_t{7}));
  const Status status = EncodeBatch(BatchOf(columns)).status();
  EXPECT_EQ(Message(status), "batch: 1208000 values; the limit is 1048576");

  // The same, as a stranger would write it.
  StreamWriter streams;
  streams.PutByte(kModes, 0);
  streams.PutNumber(kSecond);
  streams.PutNumber(kBlockTicksMax);
  streams.PutSigned(0);
  for (int i = 0; i < 2; ++i) streams.PutByte(kModes, 0);  // integers, all zero
  streams.PutNumber(100);
  for (int i = 0; i < 100; ++i) streams.PutByte(kModes, 0);
  streams.Finish();
  std::string raw;
  streams.CopyTo(raw);
  EXPECT_EQ(Message(DecodeBatch(Framed(raw)).status()),
            "batch: 6684672 values; the limit is 1048576");
}

// One block of one tick and one column, a copy of the column so many before it: of the tick's own
// two, or of none at all.
TEST(BatchCodecTest, ACopyOfAColumnThatIsNotThereIsRefused) {
  for (const uint64_t distance : {uint64_t{0}, uint64_t{1}, uint64_t{3}, uint64_t{4}, UINT64_MAX}) {
    StreamWriter streams;
    streams.PutByte(kModes, 0);
    streams.PutNumber(kSecond);
    streams.PutNumber(1);
    streams.PutSigned(0);
    for (int i = 0; i < 2; ++i) streams.PutByte(kModes, 0);  // integers, all zero: none to copy
    streams.PutNumber(1);
    streams.PutByte(kModes, 4 << 3);
    for (const uint64_t number : {distance, uint64_t{1}, uint64_t{1}}) streams.PutNumber(number);
    streams.Finish();
    std::string raw;
    streams.CopyTo(raw);
    EXPECT_EQ(Message(DecodeBatch(Framed(raw)).status()),
              "batch: a copy of a column without such integers")
        << distance;
  }
}

TEST(BatchCodecTest, ABatchThatIsTooLargeIsRefusedByTheEncoder) {
  std::vector<Value> values;
  uint64_t noise = 1;
  for (int i = 0; i < 65'000; ++i) {
    values.emplace_back(static_cast<int64_t>(noise = noise * 6364136223846793005 + 1));
  }
  EXPECT_TRUE(EncodeBatch(BatchOf({values, values, values})).ok());  // two are copies
  std::vector<std::vector<Value>> different(3, values);
  std::reverse(different[1].begin(), different[1].end());
  std::swap(different[2].front(), different[2].back());
  EXPECT_TRUE(absl::IsResourceExhausted(EncodeBatch(BatchOf(different)).status()));
  EXPECT_TRUE(absl::IsResourceExhausted(
      EncodeBatch(BatchOf({{std::string(kStateBytesMax + 1, 's')}})).status()));
}

TEST(BatchCodecTest, ABlockMustHaveTheColumnsOfItsTable) {
  const Batch batch = BatchOf({{int64_t{1}}});
  EXPECT_FALSE(CheckBlock(batch.blocks[0], TwoSeries()).ok());
}

}  // namespace
}  // namespace godwit
