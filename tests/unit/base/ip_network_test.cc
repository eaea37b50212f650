#include "base/ip_network.h"

#include <gtest/gtest.h>

#include <string>

namespace godwit {
namespace {

using namespace std::string_view_literals;

IpAddress V4(std::string_view bytes) {
  return IpAddress::Of(bytes);
}

bool Contains(const std::string& network, const IpAddress& address) {
  const auto parsed = IpNetwork::Parse(network);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() && parsed->Contains(address);
}

TEST(IpNetworkTest, AnAddressStandsForItselfAlone) {
  EXPECT_TRUE(Contains("192.0.2.7", V4("\xc0\x00\x02\x07"sv)));
  EXPECT_FALSE(Contains("192.0.2.7", V4("\xc0\x00\x02\x08"sv)));
  EXPECT_TRUE(Contains("::1", IpAddress::Of("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"sv)));
}

TEST(IpNetworkTest, ANetworkEndsAtItsLastBit) {
  EXPECT_TRUE(Contains("10.0.0.0/15", V4("\x0a\x01\xff\xff"sv)));
  EXPECT_FALSE(Contains("10.0.0.0/15", V4("\x0a\x02\x00\x00"sv)));
  EXPECT_TRUE(
      Contains("2001:db8::/33", IpAddress::Of("\x20\x01\x0d\xb8\x7f\0\0\0\0\0\0\0\0\0\0\1"sv)));
  EXPECT_FALSE(
      Contains("2001:db8::/33", IpAddress::Of("\x20\x01\x0d\xb8\x80\0\0\0\0\0\0\0\0\0\0\1"sv)));
}

TEST(IpNetworkTest, EverythingOfAFamilyIsNothingOfTheOther) {
  const IpAddress v6 = IpAddress::Of("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"sv);
  EXPECT_TRUE(Contains("0.0.0.0/0", V4("\xc0\x00\x02\x07"sv)));
  EXPECT_FALSE(Contains("0.0.0.0/0", v6));
  EXPECT_TRUE(Contains("::/0", v6));
  EXPECT_FALSE(Contains("::/0", V4("\xc0\x00\x02\x07"sv)));
  EXPECT_FALSE(Contains("::/0", IpAddress()));
}

TEST(IpNetworkTest, AnIpv4AddressInIpv6IsThatIpv4Address) {
  const IpAddress mapped = IpAddress::Of("\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x07"sv);
  EXPECT_EQ(mapped, V4("\xc0\x00\x02\x07"sv));
  EXPECT_EQ(TextOf(mapped), "192.0.2.7");
  EXPECT_TRUE(Contains("192.0.2.0/24", mapped));
  EXPECT_TRUE(Contains("::ffff:192.0.2.0/120", mapped));
  EXPECT_FALSE(Contains("::ffff:192.0.3.0/120", mapped));
}

TEST(IpNetworkTest, WhatIsWrongIsSaid) {
  const auto problem = [](const std::string& text) {
    const auto parsed = IpNetwork::Parse(text);
    return parsed.ok() ? "none" : Message(parsed.status());
  };
  const std::string_view none = "is neither an address nor a network";
  for (const char* text : {"", "proxy.example.org", "10.0.0", "/8", "[::1]", "10.0.0.1:7443"}) {
    EXPECT_EQ(problem(text), none) << text;
  }
  for (const char* text : {"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x"}) {
    EXPECT_EQ(problem(text), "has a prefix that is not a number from 0 to 32") << text;
  }
  EXPECT_EQ(problem("::/129"), "has a prefix that is not a number from 0 to 128");
  EXPECT_EQ(problem("10.1.0.0/8"), "has bits set behind the first 8, its prefix");
}

}  // namespace
}  // namespace godwit
