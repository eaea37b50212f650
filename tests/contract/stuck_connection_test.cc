// A peer whose machine takes nothing any more, while a server has more for it than the kernel keeps
// for a connection: the server ends all the same.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "base/text.h"
#include "collector/ingest/listener.h"
#include "platform/linux/host.h"
#include "platform/linux/stop_guard.h"
#include "proto/godwit/v1/fleet.grpc.pb.h"
#include "tests/contract/loopback_server.h"
#include "tests/contract/tcp_tools.h"

namespace godwit {
namespace {

using std::chrono::seconds;

constexpr int kWindow = 64 << 20;  // more than the kernel takes
constexpr size_t kPage = 1 << 20;

// An export without end.
class EndlessService : public v1::Fleet::Service {
 public:
  grpc::Status FollowLog(grpc::ServerContext*, const v1::FollowLogRequest*,
                         grpc::ServerWriter<v1::FollowLogResponse>* writer) override {
    v1::FollowLogResponse page;
    page.add_lines()->set_text(std::string(kPage, 'x'));
    while (writer->Write(page)) ++pages;
    return grpc::Status::OK;
  }
  std::atomic<int> pages = 0;
};

// Reads one page; then its machine takes nothing.
class StuckReader {
 public:
  explicit StuckReader(const std::string& server) : proxy_(server) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kWindow);
    stub_ = v1::Fleet::NewStub(
        grpc::CreateCustomChannel(proxy_.address(), grpc::InsecureChannelCredentials(), arguments));
    reader_ = stub_->FollowLog(&context_, {});
    v1::FollowLogResponse page;
    EXPECT_TRUE(reader_->Read(&page));
    proxy_.TakeNothing();
  }
  ~StuckReader() {
    context_.TryCancel();
    reader_->Finish();
  }

 private:
  BlackHoleProxy proxy_;
  std::unique_ptr<v1::Fleet::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::FollowLogResponse>> reader_;
};

void AwaitStuckWrite(const EndlessService& service) {
  for (int before = -1; before != service.pages; std::this_thread::sleep_for(seconds(1))) {
    before = service.pages;
  }
}

TEST(StuckConnectionTest, AServerEndsAlthoughAPeerTakesNothing) {
  EndlessService service;
  LoopbackServer server(service);
  const StuckReader reader(server.address());
  AwaitStuckWrite(service);
  auto cut_off =
      std::async(std::launch::async, [&] { return server.listener().Shutdown(absl::Seconds(1)); });
  ASSERT_EQ(cut_off.wait_for(seconds(5)), std::future_status::ready);
  EXPECT_EQ(cut_off.get(), 1u);
}

TEST(StuckConnectionTest, WithoutThatGrpcWaitsForThePeer) {
  EndlessService service;
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
