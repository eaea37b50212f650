#include "codec/batch_codec.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <bit>
#include <limits>

#include "codec/limits.h"

namespace godwit {
namespace {

Table TwoSeries() {
  return {.series = {{.name = "a", .unit = "s", .kind = Kind::kCounter, .attributes = {{"k", "v"}}},
                     {.name = "b", .unit = "", .kind = Kind::kState, .attributes = {}}}};
}

Batch BatchOf(const std::vector<std::vector<Value>>& columns) {
  Batch batch{.boot_id = BootId(kBootIdSize, 'x'), .wall_offset_ns = -5, .wall_synchronised = true};
  Block block{.table = TableIdOf(EncodeTable(TwoSeries())), .interval_ns = 1'000'000'000};
  for (size_t i = 0; i < columns.front().size(); ++i) {
    block.ticks.push_back({static_cast<int64_t>(i) * 1'000'000'000, static_cast<uint32_t>(i)});
  }
  for (const auto& values : columns) {
    Column& column = block.columns.emplace_back();
    for (const Value& value : values) column.Append(value);
  }
  batch.blocks.push_back(block);
  return batch;
}

TEST(BatchCodecTest, EveryValueComesBackBitForBit) {
  const Batch batch = BatchOf(
      {{std::numeric_limits<int64_t>::min(), int64_t{-1}, std::monostate{}, 0.0, -0.0},
       {std::bit_cast<double>(0x7ff8'dead'beef'0001), std::numeric_limits<double>::denorm_min(),
        -std::numeric_limits<double>::infinity(), std::string("open"), std::string("")}});
  const auto encoded = EncodeBatch(batch);
  ASSERT_TRUE(encoded.ok());
  const auto decoded = DecodeBatch(*encoded);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, batch);
}

TEST(BatchCodecTest, RandomBatchesRoundTrip) {
  EXPECT_TRUE(rc::check([](const std::vector<std::tuple<uint8_t, uint64_t>>& values) {
    if (values.empty()) return;
    std::vector<Value> column;
    for (const auto& [type, bits] : values) {
      switch (type % 4) {
        case 0:
          column.push_back(std::monostate{});
          break;
        case 1:
          column.push_back(static_cast<int64_t>(bits));
          break;
        case 2:
          column.push_back(std::bit_cast<double>(bits));
          break;
        case 3:
          column.push_back(std::to_string(bits % 3));
          break;
      }
    }
    const Batch batch = BatchOf({column});
    RC_ASSERT(*DecodeBatch(*EncodeBatch(batch)) == batch);
  }));
}

TEST(BatchCodecTest, ATruncatedBatchIsRefusedAtEveryLength) {
  const std::string encoded = *EncodeBatch(BatchOf({{int64_t{1}, int64_t{2}}}));
  for (size_t size = 0; size < encoded.size(); ++size) {
    EXPECT_FALSE(DecodeBatch(encoded.substr(0, size)).ok()) << size;
  }
}

TEST(BatchCodecTest, DamageNeverCrashesTheDecoder) {
  const std::string encoded = *EncodeBatch(BatchOf({{int64_t{1}, 2.5, std::string("on")}}));
  for (size_t i = 0; i < encoded.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = encoded;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      DecodeBatch(damaged).status().IgnoreError();
    }
  }
}

TEST(BatchCodecTest, AnUnknownVersionIsNotCalledDamage) {
  std::string encoded = *EncodeBatch(BatchOf({{int64_t{1}}}));
  encoded[3] = 9;
  EXPECT_TRUE(absl::IsUnimplemented(DecodeBatch(encoded).status()));
}

TEST(BatchCodecTest, ABombStopsAtItsBoundWithANamedError) {
  std::string bomb = *EncodeBatch(BatchOf({{int64_t{1}}}));
  const uint32_t claimed = 0xffff'ffff;
  std::memcpy(bomb.data() + 4, &claimed, sizeof(claimed));
  const Status status = DecodeBatch(bomb).status();
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_NE(Message(status).find("the limit is"), std::string::npos);
}

TEST(BatchCodecTest, ABatchOverItsBoundIsNotBuilt) {
  std::vector<Value> values(kBatchRawBytesMax / 9 + 1, int64_t{1});
  EXPECT_TRUE(absl::IsResourceExhausted(EncodeBatch(BatchOf({values})).status()));
}

TEST(BatchCodecTest, ABlockMustFitItsTable) {
  const Batch batch = BatchOf({{int64_t{1}}});
  EXPECT_FALSE(CheckBlock(batch.blocks[0], TwoSeries()).ok());
}

TEST(TableTest, RoundTripsAndIsNamedByItsContent) {
  const std::string encoded = EncodeTable(TwoSeries());
  EXPECT_EQ(*DecodeTable(encoded), TwoSeries());
  EXPECT_EQ(TableIdOf(encoded).size(), kTableIdSize);
  Table other = TwoSeries();
  other.series[0].unit = "ms";
  EXPECT_NE(TableIdOf(EncodeTable(other)), TableIdOf(encoded));
}

TEST(TableTest, DamageIsRefusedOrStillATableWithinBounds) {
  const std::string encoded = EncodeTable(TwoSeries());
  for (size_t i = 0; i < encoded.size(); ++i) {
    EXPECT_FALSE(DecodeTable(encoded.substr(0, i)).ok()) << i;
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = encoded;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      const auto table = DecodeTable(damaged);
      // What is accepted is canonical: it encodes to the very same bytes.
      if (table.ok()) {
        EXPECT_EQ(EncodeTable(*table), damaged);
      }
    }
  }
  EXPECT_FALSE(DecodeTable(encoded + "x").ok());
}

TEST(SeriesTest, ReadsAsNameAndSortedAttributes) {
  const Series series{.name = "n", .attributes = {{"b", "2"}, {"a", "1"}}};
  EXPECT_EQ(SeriesText(series), "n{a=1,b=2}");
  EXPECT_TRUE(SeriesMatches(series, ""));
  EXPECT_TRUE(SeriesMatches(series, "n"));
  EXPECT_TRUE(SeriesMatches(series, "n{*b=2}"));
  EXPECT_FALSE(SeriesMatches(series, "n{*b=3}"));
  EXPECT_FALSE(SeriesMatches(series, "m*"));
}

}  // namespace
}  // namespace godwit
