// Peers that take nothing for a while, or never again, while a server has more for them than the
// kernel keeps for a connection: the server ends in time all the same.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <future>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/text.h"
#include "collector/ingest/listener.h"
#include "platform/linux/file_descriptor.h"
#include "platform/linux/stop_guard.h"
#include "proto/godwit/v1/fleet.grpc.pb.h"
#include "tests/contract/loopback_server.h"
#include "tests/contract/tcp_tools.h"

namespace godwit {
namespace {

using std::chrono::seconds;

constexpr size_t kPage = 1 << 20;

// An export of so many pages.
class ExportService : public v1::Fleet::Service {
 public:
  explicit ExportService(int most = std::numeric_limits<int>::max()) : most_(most) {}
  grpc::Status FollowLog(grpc::ServerContext*, const v1::FollowLogRequest*,
                         grpc::ServerWriter<v1::FollowLogResponse>* writer) override {
    v1::FollowLogResponse page;
    page.add_lines()->set_text(std::string(kPage, 'x'));
    while (pages < most_ && writer->Write(page)) ++pages;
    return grpc::Status::OK;
  }
  std::atomic<int> pages = 0;

 private:
  const int most_;
};

// Asks for it in HTTP/2 of its own, with the largest windows there are, and reads nothing unless
// the test says so.
class StuckReader {
 public:
  explicit StuckReader(const std::string& server) : socket_(ConnectFrom("127.0.0.1", server)) {
    const std::string largest("\x7f\xff\xff\xff", 4);
    std::string call("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    call += Frame(kSettings, 0, 0, std::string("\0\x4", 2) + largest);   // of each stream
    call += Frame(kWindowUpdate, 0, 0, std::string("\x7f\xfe\0\0", 4));  // of the connection
    // ":method: POST" and ":scheme: http", then names of the static table or of its own (RFC 7541).
    call += Frame(kHeaders, kEndHeaders, 1,
                  "\x83\x86" + Literal("\x04", "/godwit.v1.Fleet/FollowLog") +
                      Literal("\x01", "test") + Literal("\x0f\x10", "application/grpc") +
                      Literal(std::string("\0\x2te", 4), "trailers"));
    call += Frame(kData, kEndStream, 1, std::string(5, '\0'));  // an empty message
    EXPECT_EQ(send(socket_.get(), call.data(), call.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(call.size()));
  }
  // What there is, until a while brings nothing more.
  void ReadAll() {
    std::vector<char> bytes(kPage);
    pollfd readable{socket_.get(), POLLIN, 0};
    while (poll(&readable, 1, 500) == 1 && recv(socket_.get(), bytes.data(), kPage, 0) > 0) {
    }
  }

 private:
  enum Type : char { kData = 0, kHeaders = 1, kSettings = 4, kWindowUpdate = 8 };
  enum Flags : char { kEndStream = 1, kEndHeaders = 4 };

  static std::string Frame(Type type, char flags, char stream, const std::string& payload) {
    std::string frame{0, 0, static_cast<char>(payload.size()), type, flags, 0, 0, 0, stream};
    return frame + payload;
  }
  static std::string Literal(const std::string& name, const std::string& value) {
    return name + static_cast<char>(value.size()) + value;
  }

  const FileDescriptor socket_;
};

void AwaitStuckWrite(const ExportService& service) {
  for (int before = 0; before == 0 || before != service.pages;) {
    before = service.pages;
    std::this_thread::sleep_for(seconds(1));
  }
}

TEST(StuckConnectionTest, AServerEndsAlthoughAPeerTakesNothing) {
  ExportService service;
  LoopbackServer server(service);
  const StuckReader reader(server.address());
  AwaitStuckWrite(service);
  auto cut_off =
      std::async(std::launch::async, [&] { return server.listener().Shutdown(absl::Seconds(1)); });
  ASSERT_EQ(cut_off.wait_for(seconds(5)), std::future_status::ready);
  EXPECT_EQ(cut_off.get(), 1u);
}

TEST(StuckConnectionTest, WithoutThatGrpcWaitsForThePeer) {
  ExportService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  std::future<void> stopped;
  {
    const StuckReader reader(Cat("127.0.0.1:", port));
    AwaitStuckWrite(service);
    stopped = std::async(std::launch::async,
                         [&] { server->Shutdown(std::chrono::system_clock::now() + seconds(1)); });
    EXPECT_EQ(stopped.wait_for(seconds(4)), std::future_status::timeout);
  }
  stopped.get();
}

// gRPC's own end, which comes with the last server, waits for the thread that watches such
// connections: it would sleep for most of 10 s, although the connection has been closed meanwhile.
TEST(StuckConnectionTest, AServerEndsAtOnceAfterAReaderThatWasSlowAndHasGone) {
  constexpr int kPages = 32;
  ExportService service(kPages);
  auto server = std::make_unique<LoopbackServer>(service);
  {
    StuckReader reader(server->address());
    AwaitStuckWrite(service);
    EXPECT_LT(service.pages, kPages);
    reader.ReadAll();
    EXPECT_EQ(service.pages, kPages);
  }
  const absl::Time begin = absl::Now();
  server.reset();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(3));
}

TEST(StopGuardDeathTest, SaysWhatItWaitedForAndWhichThreadsWereBusy) {
  EXPECT_EXIT(
      {
        StopGuard guard(absl::Milliseconds(200));
        guard.Awaits("the end of the test");
        std::thread busy([] {
          pthread_setname_np(pthread_self(), "never-done");
          for (std::atomic<bool> run = true; run;) {
          }
        });
        busy.join();
      },
      testing::ExitedWithCode(1),
      "did not stop within 200ms, waiting for the end of the test .threads: .*never-done R");
}

}  // namespace
}  // namespace godwit
