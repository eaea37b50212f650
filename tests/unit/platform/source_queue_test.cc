#include "platform/linux/source_queue.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <vector>

namespace godwit {
namespace {

std::vector<int> TakeAll(SourceQueue& queue) {
  std::vector<int> sockets;
  while (const auto socket = queue.Take()) sockets.push_back(*socket);
  return sockets;
}

TEST(SourceQueueTest, SourcesTakeTurnsAndEachKeepsItsOrder) {
  SourceQueue queue(10);
  for (const int socket : {1, 2, 3, 4}) queue.Put("flood", socket);
  queue.Put("other", 5);
  queue.Put("third", 6);
  queue.Put("other", 7);
  EXPECT_EQ(queue.size(), 7u);
  EXPECT_EQ(TakeAll(queue), (std::vector<int>{1, 5, 6, 2, 7, 3, 4}));
  EXPECT_EQ(queue.size(), 0u);
}

TEST(SourceQueueTest, ANewSourceWaitsForOneOfEachOtherSource) {
  SourceQueue queue(1000);
  for (int socket = 0; socket < 500; ++socket) queue.Put("flood", socket);
  EXPECT_EQ(queue.Take(), 0);
  queue.Put("other", 1000);
  EXPECT_EQ(queue.Take(), 1);
  EXPECT_EQ(queue.Take(), 1000);
}

TEST(SourceQueueTest, WhenItIsFullTheNewestOfTheLongestLineGivesWay) {
  SourceQueue queue(4);
  for (const int socket : {1, 2, 3, 4}) EXPECT_EQ(queue.Put("flood", socket), std::nullopt);
  EXPECT_EQ(queue.Put("flood", 5), 5);
  EXPECT_EQ(queue.Put("other", 6), 4);
  EXPECT_EQ(queue.Put("third", 7), 3);
  EXPECT_EQ(queue.Put("fourth", 8), 2);
  EXPECT_EQ(queue.Put("fifth", 9), 9);  // nobody has more than one
  EXPECT_EQ(queue.size(), 4u);
  EXPECT_EQ(TakeAll(queue), (std::vector<int>{1, 6, 7, 8}));
}

IpAddress Address(const char* text) {
  sockaddr_storage storage{};
  auto& in = reinterpret_cast<sockaddr_in&>(storage);
  auto& in6 = reinterpret_cast<sockaddr_in6&>(storage);
  if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
    in.sin_family = AF_INET;
  } else {
    EXPECT_EQ(inet_pton(AF_INET6, text, &in6.sin6_addr), 1) << text;
    in6.sin6_family = AF_INET6;
  }
  return AddressOf(storage);
}

TEST(SourceOfTest, IsAnIpv4AddressOrTheNetworkOfAnIpv6Address) {
  EXPECT_NE(SourceOf(Address("192.0.2.1")), SourceOf(Address("192.0.2.2")));
  EXPECT_EQ(SourceOf(Address("::ffff:192.0.2.1")), SourceOf(Address("192.0.2.1")));
  EXPECT_EQ(SourceOf(Address("2001:db8:0:1::1")), SourceOf(Address("2001:db8:0:1:ffff::2")));
  EXPECT_NE(SourceOf(Address("2001:db8:0:1::1")), SourceOf(Address("2001:db8:0:2::1")));
}

}  // namespace
}  // namespace godwit
