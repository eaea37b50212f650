// The HTTP server over real sockets.
#include "collector/http/http_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "collector/limits.h"
#include "platform/linux/accept_loop.h"
#include "tests/contract/tcp_tools.h"

namespace godwit::collector {
namespace {

class HttpServerTest : public testing::Test {
 protected:
  HttpServerTest() {
    accept_->Start([this](int socket) { server_.Serve(socket); });
  }
  ~HttpServerTest() override {
    accept_->Stop();
    server_.Stop();
    for (const int socket : idle_) close(socket);
  }
  void TakePlaces(int count, const char* source) {
    for (int i = 0; i < count; ++i) idle_.push_back(ConnectFrom(source, accept_->address()));
  }
  // The answer to one request; empty when the connection was closed.
  std::string Ask(const char* source, const std::string& path) {
    const int socket = ConnectFrom(source, accept_->address());
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    EXPECT_EQ(send(socket, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    std::string answer;
    char bytes[1024];
    for (ssize_t read = 0; (read = recv(socket, bytes, sizeof(bytes), 0)) > 0;) {
      answer.append(bytes, static_cast<size_t>(read));
    }
    close(socket);
    return answer;
  }

  HttpServer server_{{{"/page", [](const auto& respond) { respond({.body = "text"}); }}}};
  std::unique_ptr<AcceptLoop> accept_ =
      *AcceptLoop::Open({.address = "127.0.0.1:0", .burst = 1000});
  std::vector<int> idle_;
};

TEST_F(HttpServerTest, APageIsAnsweredAndAnotherPathSaysWhatThereIs) {
  EXPECT_NE(Ask("127.0.0.1", "/page").find("text"), std::string::npos);
  EXPECT_NE(Ask("127.0.0.1", "/other").find("available paths: /page"), std::string::npos);
}

TEST_F(HttpServerTest, OneSourceThatTakesAllPlacesKeepsNoOtherOneOut) {
  TakePlaces(kHttpConnectionsMax, "127.0.0.2");
  // In the line of its source this one stands behind all of them.
  EXPECT_NE(Ask("127.0.0.2", "/page").find("text"), std::string::npos);
  EXPECT_NE(Ask("127.0.0.3", "/page").find("text"), std::string::npos);
  // The oldest made room for the first of the two.
  char byte = 0;
  EXPECT_EQ(recv(idle_.front(), &byte, 1, 0), 0);
}

}  // namespace
}  // namespace godwit::collector
