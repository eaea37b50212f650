#include "base/units.h"

#include <gtest/gtest.h>

#include "base/backoff.h"
#include "base/counted.h"
#include "base/endpoint.h"
#include "base/text.h"

namespace godwit {
namespace {

TEST(UnitsTest, DurationsAreReadAsPeopleWriteThem) {
  EXPECT_EQ(*ParseDuration("250ms"), absl::Milliseconds(250));
  EXPECT_EQ(*ParseDuration("1h30m"), absl::Minutes(90));
  EXPECT_EQ(*ParseDuration("7d"), absl::Hours(168));
}

TEST(UnitsTest, ANumberWithoutAUnitIsAnErrorThatSaysWhatToWrite) {
  for (const char* text : {"", "10", "ten", "-1s", "inf", "10x", "1d12h", "99999999999d"}) {
    const auto parsed = ParseDuration(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_NE(Message(parsed.status()).find("\"10s\""), std::string::npos) << text;
  }
  for (const char* text : {"", "10", "1.5MiB", "64MB", "-1B", "99999999999TiB"}) {
    EXPECT_FALSE(ParseSize(text).ok()) << text;
  }
  for (const char* text : {"", "5", "100%", "-1%"}) EXPECT_FALSE(ParsePercent(text).ok()) << text;
}

TEST(UnitsTest, SizesAndDurationsAreWrittenShort) {
  EXPECT_EQ(*ParseSize("256MiB"), ByteCount{256} << 20);
  EXPECT_EQ(SizeText(ByteCount{256} << 20), "256MiB");
  EXPECT_EQ(SizeText(1000), "1000B");
  EXPECT_EQ(DurationText(absl::Hours(1)), "1h");
  EXPECT_EQ(DurationText(absl::Seconds(90)), "1m30s");
  EXPECT_EQ(DurationText(absl::Minutes(10)), "10m");
}

TEST(BackoffTest, WaitsGrowToTheirBoundAndStartAnew) {
  constexpr uint64_t kAllBits = ~uint64_t{0};
  Backoff backoff({.initial = absl::Seconds(1), .max = absl::Seconds(10)});
  std::vector<double> waits;
  for (int i = 0; i < 6; ++i) waits.push_back(absl::ToDoubleSeconds(backoff.Next(kAllBits)));
  for (size_t i = 0; i < waits.size(); ++i) {
    EXPECT_NEAR(waits[i], std::min(1 << i, 10), 0.001);
  }
  backoff.Reset();
  EXPECT_LE(backoff.Next(kAllBits), absl::Seconds(1));
  EXPECT_EQ(backoff.Next(0), absl::ZeroDuration());
}

TEST(EndpointTest, OnlyAddressesOfThisMachineAreLoopback) {
  for (const char* inside : {"127.0.0.1:1", "127.9.9.9:7443", "[::1]:7443", "localhost:7443"}) {
    EXPECT_TRUE(IsLoopback(inside)) << inside;
    EXPECT_TRUE(CheckEndpoint(inside).ok()) << inside;
  }
  for (const char* outside : {"127.0.0.1.example.org:1", "0.0.0.0:1", "10.0.0.1:1", "[::]:1",
                              "collector:7443", "localhost.example.org:1"}) {
    EXPECT_FALSE(IsLoopback(outside)) << outside;
    EXPECT_TRUE(CheckEndpoint(outside).ok()) << outside;
  }
}

TEST(EndpointTest, WhatIsNoAddressIsRefused) {
  using enum EndpointFault;
  for (const auto& [bad, fault] :
       std::initializer_list<std::pair<const char*, EndpointFault>>{{"", kNoPort},
                                                                    {"host", kNoPort},
                                                                    {"host:", kNoPort},
                                                                    {"[::1]", kNoPort},
                                                                    {":1", kNoHost},
                                                                    {"host:70000", kBadPort},
                                                                    {"host:https", kBadPort},
                                                                    {"a:-1", kBadPort},
                                                                    {"a:-0", kBadPort},
                                                                    {"a:+1", kBadPort},
                                                                    {"a:000001", kBadPort},
                                                                    {"::1:1", kBareIpv6},
                                                                    {"2001:db8::7:7443", kBareIpv6},
                                                                    {"::1", kBareIpv6},
                                                                    {"[::1:1", kBadHost},
                                                                    {"[host]:1", kBadHost},
                                                                    {"[]:1", kNoHost},
                                                                    {"a b:1", kBadHost},
                                                                    {"a\n:1", kBadHost},
                                                                    {"user@host:1", kBadHost},
                                                                    {"host/path:1", kBadHost},
                                                                    {"https://host:1", kUrl}}) {
    EXPECT_EQ(FindEndpointFault(bad), fault) << bad;
    EXPECT_FALSE(CheckEndpoint(bad).ok()) << bad;
    EXPECT_FALSE(IsLoopback(bad)) << bad;
  }
}

TEST(SizeTextTest, IsExactWhereItIsSetAndRoundWhereItIsRead) {
  EXPECT_EQ(SizeText(1536), "1536B");
  EXPECT_EQ(SizeText(2048), "2KiB");
  EXPECT_EQ(RoundSizeText(1023), "1023 B");
  EXPECT_EQ(RoundSizeText(1536), "1.5 KiB");
  EXPECT_EQ(RoundSizeText(ByteCount{5} << 50), "5120.0 TiB");
}

TEST(TextTest, PlainUtf8HasNoControlCharactersAndNoWrongBytes) {
  for (const char* good : {"", "a b", "Süd", "€", "\U0001f426"})
    EXPECT_TRUE(IsPlainUtf8(good)) << good;
  for (const char* bad : {"\x01", "a\n", "\x7f", "\xc3", "\xc3(", "\x80", "\xc0\xaf", "\xe2\x82",
                          "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xc2\x80", "\xff"}) {
    EXPECT_FALSE(IsPlainUtf8(bad)) << bad;
  }
}

TEST(TextTest, ACountAgreesWithItsNoun) {
  EXPECT_EQ(Counted(0, "tick"), "0 ticks");
  EXPECT_EQ(Counted(1, "tick"), "1 tick");
  EXPECT_EQ(Counted(2, "tick"), "2 ticks");
  EXPECT_EQ(Counted(1, "record waits", "records wait"), "1 record waits");
  EXPECT_EQ(Counted(12, "record waits", "records wait"), "12 records wait");
}

TEST(TextTest, TextIsCutBetweenCharacters) {
  EXPECT_EQ(CutUtf8("Süd", 5), "Süd");
  EXPECT_EQ(CutUtf8("Süd", 3), "Sü");
  EXPECT_EQ(CutUtf8("Süd", 2), "S");
  EXPECT_EQ(CutUtf8("\x80\x80", 1), "");
}

}  // namespace
}  // namespace godwit
