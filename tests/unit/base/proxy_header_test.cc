// What a proxy may say in front of a connection, and what is refused at its first wrong byte.
#include "base/proxy_header.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

namespace godwit {
namespace {

using namespace std::literals;

constexpr std::string_view kSignature = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::string_view kIpv4 = "\xc0\x00\x02\x07\xc6\x33\x64\x01\x12\x34\x1d\x13"sv;
const std::string kIpv6 = "\x20\x01\x0d\xb8" + std::string(11, '\0') + "\7" +
                          std::string(16, '\x11') + "\x12\x34\x1d\x13";

std::string Header(unsigned command, unsigned family, std::string_view rest) {
  std::string out(kSignature);
  for (const size_t byte : {size_t{command}, size_t{family}, rest.size() >> 8, rest.size() & 255}) {
    out.push_back(static_cast<char>(byte));
  }
  return out.append(rest);
}

// Gives it what it asks for, in pieces of at most `piece` bytes; what it was not given is left.
Status Feed(ProxyHeader& header, std::string_view& bytes, size_t piece) {
  while (header.Wanted() > 0 && !bytes.empty()) {
    const std::string_view next = bytes.substr(0, std::min(piece, header.Wanted()));
    bytes.remove_prefix(next.size());
    GODWIT_RETURN_IF_ERROR(header.Take(next));
  }
  return absl::OkStatus();
}

std::string SourceOf(const std::string& bytes, size_t piece = 4096) {
  ProxyHeader header;
  const std::string all = bytes + "TLS begins here";
  std::string_view left = all;
  const Status status = Feed(header, left, piece);
  if (!status.ok()) return Message(status);
  EXPECT_EQ(left, "TLS begins here");
  return header.source() ? TextOf(*header.source()) : "the proxy's own";
}

TEST(ProxyHeaderTest, SaysWhoseConnectionItIs) {
  for (const size_t piece : {1, 3, 16, 4096}) {
    EXPECT_EQ(SourceOf(Header(0x21, 0x11, kIpv4), piece), "192.0.2.7");
    EXPECT_EQ(SourceOf(Header(0x21, 0x21, kIpv6), piece), "2001:db8::7");
  }
  const std::string mapped = std::string(10, '\0') + "\xff\xff" + std::string(kIpv4.substr(0, 4));
  EXPECT_EQ(SourceOf(Header(0x21, 0x21, mapped + std::string(20, '\0'))), "192.0.2.7");
}

TEST(ProxyHeaderTest, ExtensionsAreSkipped) {
  EXPECT_EQ(SourceOf(Header(0x21, 0x11,
                            std::string(kIpv4) + "\x03\x00\x04"
                                                 "abcd"s)),
            "192.0.2.7");
  const std::string most = std::string(kIpv4) + std::string(kProxyHeaderBytesMax - 28, 'x');
  EXPECT_EQ(SourceOf(Header(0x21, 0x11, most)), "192.0.2.7");
}

TEST(ProxyHeaderTest, AConnectionOfTheProxyItselfHasNoOtherSource) {
  EXPECT_EQ(SourceOf(Header(0x20, 0x00, "")), "the proxy's own");
  EXPECT_EQ(SourceOf(Header(0x20, 0x11, kIpv4)), "the proxy's own");
}

TEST(ProxyHeaderTest, WhatIsNoTcpAddressIsNotUsed) {
  EXPECT_EQ(SourceOf(Header(0x21, 0x00, "whatever")), "the proxy's own");
  EXPECT_EQ(SourceOf(Header(0x21, 0x12, kIpv4)), "the proxy's own");
  EXPECT_EQ(SourceOf(Header(0x21, 0x10, kIpv4)), "the proxy's own");
  EXPECT_EQ(SourceOf(Header(0x21, 0x31, std::string(216, '/'))), "the proxy's own");
}

TEST(ProxyHeaderTest, WhatIsWrongIsRefused) {
  const std::string none = "no PROXY header of version 2";
  EXPECT_EQ(SourceOf("PROXY TCP4 192.0.2.7 198.51.100.1 4660 7443\r\n"), none);
  EXPECT_EQ(SourceOf("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s), none);
  EXPECT_EQ(SourceOf(Header(0x11, 0x11, kIpv4)), "a PROXY header of version 1, not 2");
  EXPECT_EQ(SourceOf(Header(0x22, 0x11, kIpv4)), "a PROXY header with the unknown command 2");
  EXPECT_EQ(SourceOf(Header(0x21, 0x41, kIpv4)),
            "a PROXY header of the unknown family 4, protocol 1");
  EXPECT_EQ(SourceOf(Header(0x20, 0x13, kIpv4)),
            "a PROXY header of the unknown family 1, protocol 3");
  EXPECT_EQ(SourceOf(Header(0x21, 0x11, kIpv4.substr(1))),
            "a PROXY header that is too short for its addresses");
  EXPECT_EQ(SourceOf(Header(0x21, 0x21, kIpv4)),
            "a PROXY header that is too short for its addresses");
  EXPECT_EQ(SourceOf(Header(0x20, 0x00, std::string(kProxyHeaderBytesMax - 15, 'x'))),
            "a PROXY header of 4097 bytes, of at most 4096");
}

TEST(ProxyHeaderTest, IsRefusedAtItsFirstWrongByte) {
  const std::string good = Header(0x21, 0x11, kIpv4);
  for (size_t wrong = 0; wrong < 14; ++wrong) {
    std::string bytes = good;
    bytes[wrong] = static_cast<char>(~bytes[wrong]);
    ProxyHeader header;
    std::string_view left = bytes;
    EXPECT_FALSE(Feed(header, left, 1).ok()) << wrong;
    EXPECT_EQ(bytes.size() - left.size(), wrong + 1);
  }
}

// Random bytes behind a good beginning, damaged headers, and pieces of any size: it never asks for
// more than its bound, never for a byte behind itself, and ends.
TEST(ProxyHeaderTest, NoBytesMakeItAskForMoreThanItsBound) {
  std::mt19937 random(7);
  const auto below = [&](size_t end) { return static_cast<unsigned>(random() % end); };
  size_t whole = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = Header(0x20 + below(2), below(4) << 4 | below(3),
                               std::string(below(300), static_cast<char>(below(256))));
    for (size_t flips = below(3); flips > 0; --flips) {
      bytes[below(bytes.size())] = static_cast<char>(below(256));
    }
    bytes.resize(below(bytes.size() + 40));
    ProxyHeader header;
    std::string_view left = bytes;
    const Status status = Feed(header, left, 1 + below(64));
    EXPECT_LE(bytes.size() - left.size(), kProxyHeaderBytesMax);
    if (!status.ok() || header.Wanted() > 0) continue;
    ++whole;
    const size_t length =
        16 + (static_cast<unsigned char>(bytes[14]) << 8 | static_cast<unsigned char>(bytes[15]));
    EXPECT_EQ(bytes.size() - left.size(), length);
  }
  EXPECT_GT(whole, 1000u);
}

}  // namespace
}  // namespace godwit
