#include "platform/linux/accept_loop.h"

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

TEST(AcceptLoopTest, AnAddressThatIsTakenIsSaid) {
  auto first = AcceptLoop::Open({.address = "127.0.0.1:0"});
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = AcceptLoop::Open({.address = (*first)->address()});
  EXPECT_TRUE(absl::IsUnavailable(second.status())) << second.status();
  EXPECT_FALSE(AcceptLoop::Open({.address = "192.0.2.1:7443"}).ok());
}

}  // namespace
}  // namespace godwit
