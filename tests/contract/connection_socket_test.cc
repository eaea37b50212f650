// The socket beneath a channel: what gRPC 1.51 sets on it by itself, and what Godwit does about it.
#include "agent/uplink/grpc/connection_socket.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstdlib>

#include "agent/uplink/grpc/channel.h"
#include "proto/godwit/v1/device.grpc.pb.h"
#include "tests/contract/loopback_server.h"

namespace godwit {
namespace {

class AnsweringService final : public v1::Device::Service {
 public:
  grpc::Status OpenSession(grpc::ServerContext*, const v1::OpenSessionRequest*,
                           v1::OpenSessionResponse*) override {
    return grpc::Status::OK;
  }
};

grpc::StatusCode Ask(grpc::Channel& channel) {
  const auto stub = v1::Device::NewStub(
      std::shared_ptr<grpc::Channel>(&channel, [](grpc::Channel*) { /* not ours */ }));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(3));
  v1::OpenSessionResponse response;
  return stub->OpenSession(&context, {}, &response).error_code();
}

// TCP_USER_TIMEOUT of this process' socket that is connected to `address`; -1 without one.
int UserTimeoutMs(const std::string& address) {
  const int port = std::atoi(address.substr(address.rfind(':') + 1).c_str());
  for (int fd = 0; fd < 1024; ++fd) {
    // Of either version: the port is at the same place in both.
    sockaddr_in6 peer{};
    socklen_t size = sizeof peer;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    const bool is_ip = peer.sin6_family == AF_INET || peer.sin6_family == AF_INET6;
    if (!is_ip || ntohs(peer.sin6_port) != port) continue;
    int timeout = 0;
    socklen_t length = sizeof timeout;
    if (getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, &length) == 0) return timeout;
  }
  return -1;
}

class ConnectionSocketTest : public testing::Test {
 protected:
  std::shared_ptr<grpc::Channel> Dial(std::shared_ptr<agent::ConnectionSocket> socket) {
    return agent::MakeChannel({.endpoint = server_.address()}, std::move(socket));
  }

  AnsweringService service_;
  LoopbackServer server_{service_};
};

TEST_F(ConnectionSocketTest, ByItselfGrpcEndsAConnectionWhoseWindowIsClosedForThePingTimeout) {
  const auto channel = Dial(nullptr);
  ASSERT_EQ(Ask(*channel), grpc::StatusCode::OK);
  EXPECT_EQ(UserTimeoutMs(server_.address()), 10'000);
}

TEST_F(ConnectionSocketTest, AFollowedConnectionBearsAClosedWindowForThePromisedTime) {
  const auto channel = Dial(std::make_shared<agent::ConnectionSocket>());
  ASSERT_EQ(Ask(*channel), grpc::StatusCode::OK);
  EXPECT_EQ(UserTimeoutMs(server_.address()), 120'000);
}

TEST_F(ConnectionSocketTest, CountsWhatTheKernelSentAndGot) {
  const auto socket = std::make_shared<agent::ConnectionSocket>();
  EXPECT_FALSE(socket->Counters());
  const auto channel = Dial(socket);
  ASSERT_EQ(Ask(*channel), grpc::StatusCode::OK);
  const auto first = socket->Counters();
  ASSERT_TRUE(first);
  EXPECT_GT(first->received, 0u);
  ASSERT_EQ(Ask(*channel), grpc::StatusCode::OK);
  const auto second = socket->Counters();
  ASSERT_TRUE(second);
  EXPECT_GT(second->received, first->received);
  EXPECT_GT(second->acked + second->queued, first->acked + first->queued);
}

TEST_F(ConnectionSocketTest, OneThatIsAbandonedEndsAndTheChannelDialsAgain) {
  const auto socket = std::make_shared<agent::ConnectionSocket>();
  const auto channel = Dial(socket);
  ASSERT_EQ(Ask(*channel), grpc::StatusCode::OK);
  socket->Abandon();
  EXPECT_FALSE(socket->Counters());
  grpc::StatusCode again = Ask(*channel);
  if (again == grpc::StatusCode::UNAVAILABLE) again = Ask(*channel);  // it had not noticed yet
  EXPECT_EQ(again, grpc::StatusCode::OK);
  EXPECT_TRUE(socket->Counters());
}

}  // namespace
}  // namespace godwit
