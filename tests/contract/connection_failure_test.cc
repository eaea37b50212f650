// Failures to connect: what is made of gRPC 1.51's words, and that these are still its words.
#include "agent/uplink/grpc/connection_failure.h"

#include <arpa/inet.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "agent/uplink/grpc/try_connecting.h"
#include "base/text.h"
#include "platform/linux/linux_clock.h"
#include "proto/godwit/v1/device.grpc.pb.h"
#include "proto/godwit/v1/fleet.grpc.pb.h"
#include "tests/contract/loopback_server.h"

namespace godwit::agent {
namespace {

struct Case {
  StatusCode code;
  const char* grpc;
  const char* meaning;  // part of it; empty: none
};

TEST(ConnectionFailureTest, EachFailureIsNamedAndNoneOfThemGuessedAt) {
  const ChannelOptions plain{.endpoint = "hub.example:7443"};
  for (const Case& each : std::initializer_list<Case>{
           {StatusCode::kUnavailable,
            "failed to connect to all addresses; last error: UNKNOWN: ipv4:192.0.2.1:7443: Failed "
            "to connect to remote host: Connection refused",
            "hub.example:7443 refuses the connection"},
           {StatusCode::kUnavailable,
            "failed to connect to all addresses; last error: UNKNOWN: ipv4:192.0.2.1:7443: Failed "
            "to connect to remote host: No route to host",
            "the machine does not answer"},
           {StatusCode::kUnavailable,
            "DNS resolution failed for hub.example:7443: C-ares status is not ARES_SUCCESS qtype=A "
            "name=hub.example is_balancer=0: Domain name not found",
            "is it spelt right?"},
           {StatusCode::kUnavailable,
            "DNS resolution failed for hub.example:7443: C-ares status is not ARES_SUCCESS qtype=A "
            "name=hub.example is_balancer=0: Could not contact DNS servers",
            "no DNS server answers"},
           {StatusCode::kUnavailable,
            "DNS resolution failed for hub.example:7443: C-ares status is not ARES_SUCCESS qtype=A "
            "name=hub.example is_balancer=0: DNS query cancelled",
            "no DNS server answers"},
           {StatusCode::kDeadlineExceeded, "Deadline Exceeded", "does not answer in time"},
           {StatusCode::kUnimplemented, "", "does not serve devices"},
           {StatusCode::kUnimplemented, "Received http2 header with status: 404",
            "does not speak gRPC"},
           {StatusCode::kUnavailable, "Socket closed", "does that collector require TLS"},
           // The collector's own words are not taken for gRPC's.
           {StatusCode::kUnavailable, "the upstream said Connection refused", ""},
           {StatusCode::kUnavailable, "the collector is stopping", ""},
           {StatusCode::kInvalidArgument, "device_id: Connection refused", ""}}) {
    const ConnectionFailure judged = JudgeFailure(plain, Error(each.code, each.grpc));
    EXPECT_EQ(judged.meaning.empty(), *each.meaning == '\0') << each.grpc << judged.meaning;
    EXPECT_NE(judged.meaning.find(each.meaning), std::string::npos) << judged.meaning;
    EXPECT_EQ(judged.probe_address, "");
  }
}

TEST(ConnectionFailureTest, AFailedHandshakeIsForTheProbe) {
  const ChannelOptions secure{.endpoint = "hub.example:7443", .ca = "PEM"};
  const auto judged =
      JudgeFailure(secure, Error(StatusCode::kUnavailable,
                                 "failed to connect to all addresses; last error: UNKNOWN: "
                                 "ipv4:192.0.2.1:7443: Ssl handshake failed: SSL_ERROR_SSL: x"));
  EXPECT_EQ(judged.probe_address, "192.0.2.1:7443");
}

TEST(ConnectionFailureTest, TheMeaningStandsInFrontOfWhatGrpcSays) {
  const Status failure = Error(StatusCode::kUnavailable, "words");
  EXPECT_EQ(Explained(failure, ""), failure);
  EXPECT_EQ(Explained(failure, "meaning"), Error(StatusCode::kUnavailable, "meaning [words]"));
  const Status silent = Error(StatusCode::kUnimplemented, "");
  EXPECT_EQ(Explained(silent, "meaning"), Error(StatusCode::kUnimplemented, "meaning"));
}

// A port of loopback; closed when it goes.
class Port {
 public:
  explicit Port(bool listening) {
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    auto* const at = reinterpret_cast<sockaddr*>(&address);
    GODWIT_CHECK(bind(socket_, at, size) == 0);
    GODWIT_CHECK(getsockname(socket_, at, &size) == 0);
    if (listening) GODWIT_CHECK(listen(socket_, 8) == 0);
    address_ = Cat("127.0.0.1:", ntohs(address.sin_port));
  }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  ~Port() { close(socket_); }
  int socket() const { return socket_; }
  const std::string& address() const { return address_; }

 private:
  int socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string address_;
};

std::string Try(const std::string& endpoint, absl::Duration patience = absl::Seconds(10)) {
  return Message(TryConnecting({.endpoint = endpoint}, LinuxClock(), patience));
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Collector final : public v1::Device::Service {
 public:
  grpc::Status FetchRevision(grpc::ServerContext*, const v1::FetchRevisionRequest*,
                             v1::FetchRevisionResponse*) override {
    return {grpc::StatusCode::FAILED_PRECONDITION, "the session is not known"};
  }
};

TEST(TryConnectingTest, ACollectorThatKnowsNoSuchSessionIsThere) {
  Collector service;
  const LoopbackServer server(service);
  EXPECT_EQ(Try(server.address()), "");
}

TEST(TryConnectingTest, ThePortOfOperatorsIsNamedAsSuch) {
  v1::Fleet::Service service;
  const LoopbackServer server(service);
  const std::string said = Try(server.address());
  EXPECT_TRUE(Has(said, "does not serve devices")) << said;
}

TEST(TryConnectingTest, ARefusedPortIsNamedAtOnce) {
  const Port closed(false);
  const std::string said = Try(closed.address());
  EXPECT_TRUE(Has(said, closed.address() + " refuses the connection")) << said;
}

TEST(TryConnectingTest, ANameThatNobodyKnowsIsNamed) {
  const std::string said = Try("no-such-host.invalid:7443");
  EXPECT_TRUE(Has(said, "no-such-host.invalid:7443 cannot be resolved")) << said;
}

TEST(TryConnectingTest, ThatNobodyAnswersIsSaid) {
  const Port silent(true);
  const std::string said = Try(silent.address(), absl::Milliseconds(500));
  EXPECT_TRUE(Has(said, "does not answer in time")) << said;
}

TEST(TryConnectingTest, AWebServerIsNoCollector) {
  const Port web(true);
  std::thread server([&] {
    const int client = accept(web.socket(), nullptr, nullptr);
    constexpr std::string_view kAnswer = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    std::array<char, 64> greeting;
    static_cast<void>(recv(client, greeting.data(), greeting.size(), 0));
    static_cast<void>(send(client, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL));
    close(client);
  });
  const std::string said = Try(web.address(), absl::Seconds(2));
  server.join();
  EXPECT_TRUE(Has(said, "does not speak gRPC")) << said;
}

}  // namespace
}  // namespace godwit::agent
