#include "platform/linux/accept_loop.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/contract/tcp_tools.h"

namespace godwit {
namespace {

TEST(AcceptLoopTest, ConnectionsBeyondTheBurstWaitTheirTurn) {
  auto loop = AcceptLoop::Open({.address = "127.0.0.1:0", .connections_per_second = 2, .burst = 5});
  ASSERT_TRUE(loop.ok()) << loop.status();
  std::atomic<int> accepted = 0;
  (*loop)->Start([&](int socket) {
    ++accepted;
    close(socket);
  });
  SocketCrowd crowd(9);
  const auto begin = std::chrono::steady_clock::now();
  crowd.ConnectAll((*loop)->address());  // the kernel takes them all
  while (accepted < 9) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  // Four beyond the burst, at two a second.
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(1800));
  (*loop)->Stop();
}

std::string PeerOf(int socket) {
  sockaddr_in peer{};
  socklen_t size = sizeof(peer);
  getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size);
  return inet_ntoa(peer.sin_addr);
}

TEST(AcceptLoopTest, AFloodFromOneAddressWaitsInALineOfItsOwn) {
  auto loop =
      AcceptLoop::Open({.address = "127.0.0.1:0", .connections_per_second = 10, .burst = 1});
  ASSERT_TRUE(loop.ok()) << loop.status();
  std::atomic<int> before = 0;
  std::atomic<bool> served = false;
  (*loop)->Start([&](int socket) {
    if (PeerOf(socket) == "127.0.0.3") served = true;
    if (!served) ++before;
    close(socket);
  });
  std::vector<int> sockets;
  for (int i = 0; i < 200; ++i) sockets.push_back(ConnectFrom("127.0.0.2", (*loop)->address()));
  sockets.push_back(ConnectFrom("127.0.0.3", (*loop)->address()));
  const auto begin = std::chrono::steady_clock::now();
  while (!served) {
    ASSERT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_LT(before, 100);  // as many as came while the flood was built up, and one more
  (*loop)->Stop();
  for (const int socket : sockets) close(socket);
}

TEST(AcceptLoopTest, WhoHasGoneWhileWaitingCostsNobodyAToken) {
  auto loop = AcceptLoop::Open({.address = "127.0.0.1:0", .connections_per_second = 1, .burst = 1});
  ASSERT_TRUE(loop.ok()) << loop.status();
  std::atomic<int> served = 0;
  (*loop)->Start([&](int socket) {
    ++served;
    close(socket);
  });
  const int first = ConnectFrom("127.0.0.1", (*loop)->address());
  while (served < 1) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  for (int i = 0; i < 50; ++i) close(ConnectFrom("127.0.0.1", (*loop)->address()));
  const auto begin = std::chrono::steady_clock::now();
  const int stays = ConnectFrom("127.0.0.1", (*loop)->address());
  while (served < 2) {
    ASSERT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  (*loop)->Stop();
  close(first);
  close(stays);
}

TEST(AcceptLoopTest, WhoHasWaitedForTooLongIsClosedAndCostsNobodyAToken) {
  auto loop = AcceptLoop::Open(
      {.address = "127.0.0.1:0", .connections_per_second = 2, .burst = 1, .patience_ms = 200});
  ASSERT_TRUE(loop.ok()) << loop.status();
  std::atomic<int> served = 0;
  (*loop)->Start([&](int socket) {
    ++served;
    close(socket);
  });
  const int first = ConnectFrom("127.0.0.1", (*loop)->address());
  while (served < 1) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const int late = ConnectFrom("127.0.0.1", (*loop)->address());
  char byte = 0;
  EXPECT_EQ(read(late, &byte, 1), 0) << "it has the next token after 500 ms";
  EXPECT_EQ(served, 1);
  const auto begin = std::chrono::steady_clock::now();
  const int fresh = ConnectFrom("127.0.0.1", (*loop)->address());
  while (served < 2) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(400));
  (*loop)->Stop();
  for (const int socket : {first, late, fresh}) close(socket);
}

TEST(AcceptLoopTest, AnAddressThatIsTakenIsSaid) {
  auto first = AcceptLoop::Open({.address = "127.0.0.1:0"});
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = AcceptLoop::Open({.address = (*first)->address()});
  EXPECT_TRUE(absl::IsUnavailable(second.status())) << second.status();
  EXPECT_FALSE(AcceptLoop::Open({.address = "192.0.2.1:7443"}).ok());
}

}  // namespace
}  // namespace godwit
