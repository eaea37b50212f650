#include "codec/table.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "codec/limits.h"
#include "codec/resolution.h"
#include "codec/zstd_frame.h"

namespace godwit {
namespace {

Table TwoSeries() {
  return {.series = {{.name = "a",
                      .unit = "s",
                      .kind = Kind::kCounter,
                      .attributes = {{"k", "v"}, {"l", ""}},
                      .resolution = 0.25},
                     {.name = "b", .unit = "", .kind = Kind::kState, .attributes = {}}}};
}

std::string Framed(std::string_view canonical) {
  std::string bytes("GWT\1", 4);
  ZstdCompressor(ZstdCompressor::Content::kText).Compress({canonical}, bytes);
  return bytes;
}

TEST(TableTest, ATableComesBackAndItsIdNamesItsContent) {
  EXPECT_EQ(*DecodeTable(EncodeTable(TwoSeries())), TwoSeries());
  EXPECT_EQ(Hex(TableIdOf(TwoSeries())), "35c652fc681042216c462ca1c2071c77");
  Table other = TwoSeries();
  other.series[0].attributes["k"] = "w";
  EXPECT_NE(TableIdOf(other), TableIdOf(TwoSeries()));
  other = TwoSeries();
  other.series[0].resolution = 0.5;
  EXPECT_NE(TableIdOf(other), TableIdOf(TwoSeries()));
}

TEST(TableTest, AChangedResolutionIsTheSameSeries) {
  Series coarse = TwoSeries().series[0];
  coarse.resolution = 10;
  EXPECT_FALSE(coarse < TwoSeries().series[0]);
  EXPECT_FALSE(TwoSeries().series[0] < coarse);
  EXPECT_NE(coarse, TwoSeries().series[0]);
}

TEST(TableTest, ADamagedTableIsRefusedOrIsAnotherTable) {
  const std::string canonical = EncodeCanonical(TwoSeries());
  ASSERT_TRUE(DecodeTable(Framed(canonical)).ok());
  for (size_t i = 0; i < canonical.size(); ++i) {
    EXPECT_FALSE(DecodeTable(Framed(canonical.substr(0, i))).ok()) << i;
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = canonical;
      damaged[i] = static_cast<char>(damaged[i] ^ 1 << bit);
      const auto table = DecodeTable(Framed(damaged));
      // What is still a table is spelled in the one way there is.
      if (table.ok()) {
        EXPECT_EQ(EncodeCanonical(*table), damaged) << i;
      }
    }
  }
  EXPECT_FALSE(DecodeTable(Framed(canonical + "x")).ok());
}

TEST(TableTest, ATableThatInflatesBeyondItsLimitIsRefusedByName) {
  const Status status = DecodeTable(Framed(std::string(kTableBytesMax + 1, '\0'))).status();
  EXPECT_EQ(Message(status), "table: 786433 bytes inside; the limit is 786432");
}

TEST(TableTest, AnUnknownVersionIsNotCalledDamage) {
  std::string encoded = EncodeTable(TwoSeries());
  encoded[3] = 2;
  EXPECT_TRUE(absl::IsUnimplemented(DecodeTable(encoded).status()));
}

TEST(ResolutionTest, ADecimalResolutionGivesDecimals) {
  EXPECT_EQ(Resolution(0.01).Rounded(230.123456789), 230.12);
  EXPECT_EQ(Resolution(0.1).Rounded(-0.3000000004), -0.3);
  EXPECT_EQ(Resolution(0.25).Rounded(17.13), 17.25);
  EXPECT_EQ(Resolution(20).Rounded(1234.5), 1240.0);
  EXPECT_EQ(Resolution(20).Rounded(int64_t{1234}), 1240);
  EXPECT_EQ(Resolution(0.5).Rounded(int64_t{1234}), 1234);
}

TEST(ResolutionTest, WhatCannotBeRoundedStaysAsItIs) {
  EXPECT_EQ(Resolution(0.01).Rounded(1e300), 1e300);
  EXPECT_EQ(Resolution(0).Rounded(0.123), 0.123);
  EXPECT_EQ(Resolution(0).Rounded(int64_t{7}), 7);
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(Resolution(0.1).Rounded(infinity), infinity);
  EXPECT_EQ(Resolution(20).Rounded(INT64_MAX), INT64_MAX);
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
