#include "platform/linux/accept_loop.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
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

TEST(AcceptLoopTest, NobodyGivesWayInAShortLineWhileThereAreTokens) {
  std::atomic<int> refused = 0;
  auto loop = AcceptLoop::Open({.address = "127.0.0.1:0",
                                .connections_per_second = 1,
                                .burst = 60,
                                .waiting = 8,
                                .refused = [&](const char*) { ++refused; }});
  ASSERT_TRUE(loop.ok()) << loop.status();
  SocketCrowd crowd(60);
  crowd.ConnectAll((*loop)->address());  // before the loop looks: it finds all at once
  std::atomic<int> accepted = 0;
  (*loop)->Start([&](int socket) {
    ++accepted;
    close(socket);
  });
  while (accepted + refused < 60) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  (*loop)->Stop();
  EXPECT_EQ(accepted, 60);
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

std::string HeaderOf(const char* source) {
  std::string header("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", 16);
  in_addr address{};
  inet_pton(AF_INET, source, &address);
  header.append(reinterpret_cast<const char*>(&address), sizeof(address));
  return header.append(8, '\x01');
}

void SendAll(int socket, std::string_view bytes) {
  ASSERT_EQ(send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(bytes.size()));
}

// What comes next from a socket that the loop handed on, or from the other end of one.
std::string Receive(int socket) {
  std::array<char, 64> bytes;
  pollfd polled{socket, POLLIN, 0};
  if (poll(&polled, 1, 5000) == 0) return "nothing";
  const ssize_t got = recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
  return got > 0 ? std::string(bytes.data(), static_cast<size_t>(got)) : "closed";
}

// A loop behind the proxies of 127.0.0.2, and what it handed on.
class ProxiedLoopTest : public testing::Test {
 protected:
  void Open(AcceptOptions options = {}) {
    options.address = "127.0.0.1:0";
    options.trusted_proxies = {*IpNetwork::Parse("127.0.0.2")};
    options.refused = [this](const char*) { ++refused_; };
    auto loop = AcceptLoop::Open(options);
    ASSERT_TRUE(loop.ok()) << loop.status();
    loop_ = *std::move(loop);
    loop_->Start([this](int socket) {
      const std::lock_guard lock(mutex_);
      taken_.push_back(socket);
    });
  }
  ~ProxiedLoopTest() override {
    loop_->Stop();
    for (const int socket : taken_) close(socket);
    for (const int socket : connected_) close(socket);
  }
  int Connect(const char* from) {
    connected_.push_back(ConnectFrom(from, loop_->address()));
    return connected_.back();
  }
  bool WaitFor(const std::function<bool()>& condition) {
    for (int i = 0; i < 500 && !condition(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return condition();
  }
  std::vector<int> Taken() {
    const std::lock_guard lock(mutex_);
    return taken_;
  }
  bool HasTaken(size_t count) {
    return WaitFor([&] { return Taken().size() >= count; });
  }

  std::atomic<int> refused_ = 0;
  std::unique_ptr<AcceptLoop> loop_;
  std::mutex mutex_;
  std::vector<int> taken_;  // guarded by mutex_
  std::vector<int> connected_;
};

TEST_F(ProxiedLoopTest, TheHeaderIsTakenOffAndTheRestIsLeft) {
  Open();
  const int socket = Connect("127.0.0.2");
  const std::string header = HeaderOf("192.0.2.1");
  SendAll(socket, header.substr(0, 9));
  SendAll(socket, header.substr(9) + "the device's own bytes");
  ASSERT_TRUE(HasTaken(1));
  EXPECT_EQ(Receive(Taken()[0]), "the device's own bytes");
}

TEST_F(ProxiedLoopTest, OfOthersNoHeaderIsRead) {
  Open();
  SendAll(Connect("127.0.0.3"), HeaderOf("192.0.2.1"));
  ASSERT_TRUE(HasTaken(1));
  EXPECT_EQ(Receive(Taken()[0]), HeaderOf("192.0.2.1"));
}

TEST_F(ProxiedLoopTest, AProxyThatSaysNothingBlocksNobodyAndIsSentAway) {
  Open({.header_patience = absl::Milliseconds(300)});
  const int silent = Connect("127.0.0.2");
  const int slow = Connect("127.0.0.2");
  SendAll(slow, HeaderOf("192.0.2.1").substr(0, 20));
  Connect("127.0.0.3");
  SendAll(Connect("127.0.0.2"), HeaderOf("192.0.2.1"));
  EXPECT_TRUE(HasTaken(2));
  EXPECT_EQ(refused_, 0);
  EXPECT_EQ(Receive(silent), "closed");
  EXPECT_EQ(Receive(slow), "closed");
  EXPECT_EQ(refused_, 2);
  EXPECT_EQ(Taken().size(), 2u);
}

TEST_F(ProxiedLoopTest, AWrongHeaderClosesItsConnectionAlone) {
  Open();
  const int wrong = Connect("127.0.0.2");
  SendAll(wrong, "\x16\x03\x01 a device that came by itself");
  EXPECT_EQ(Receive(wrong), "closed");
  EXPECT_EQ(refused_, 1);
  SendAll(Connect("127.0.0.2"), HeaderOf("192.0.2.1"));
  EXPECT_TRUE(HasTaken(1));
}

TEST_F(ProxiedLoopTest, MoreThanMayWaitForTheirHeaderCloseTheOldest) {
  Open({.headers_awaited = 2});
  const int oldest = Connect("127.0.0.2");
  Connect("127.0.0.2");
  Connect("127.0.0.2");
  EXPECT_EQ(Receive(oldest), "closed");
  EXPECT_EQ(refused_, 1);
}

TEST_F(ProxiedLoopTest, AFloodThroughAProxyWaitsInTheLineOfItsOwnSource) {
  Open({.connections_per_second = 20, .burst = 1});
  for (int i = 0; i < 100; ++i) SendAll(Connect("127.0.0.2"), HeaderOf("192.0.2.66"));
  const int other = Connect("127.0.0.2");
  SendAll(other, HeaderOf("192.0.2.1") + "other");
  // The flood has some turns while it comes, and one each with the other.
  for (size_t served = 0; served < 40; ++served) {
    ASSERT_TRUE(HasTaken(served + 1));
    pollfd polled{Taken()[served], POLLIN, 0};
    if (poll(&polled, 1, 0) > 0) return;  // the other one, which alone has sent more
  }
  FAIL() << "it waits behind the flood";
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
