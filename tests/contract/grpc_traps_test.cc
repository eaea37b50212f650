// The traps of gRPC 1.51, each sprung twice: with what Godwit does about it, and without, when it
// must catch. So a newer gRPC that has lost a trap shows up here, and so does a protection that has
// gone.
// One file, although long: each trap stands beside its twin, and they share one service and two
// servers.
#include <dirent.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <semaphore>
#include <thread>

#include "agent/limits.h"
#include "agent/uplink/grpc/channel.h"
#include "agent/uplink/grpc/grpc_transport.h"
#include "base/text.h"
#include "collector/ingest/listener.h"
#include "platform/linux/host.h"
#include "platform/linux/linux_clock.h"
#include "platform/uv/uv_loop.h"
#include "proto/godwit/v1/device.grpc.pb.h"
#include "tests/contract/loopback_server.h"
#include "tests/contract/tcp_tools.h"

namespace godwit {
namespace {

using std::chrono::seconds;

// Answers OpenSession at once, and uploads when the test says so.
class SomeService : public v1::Device::Service {
 public:
  grpc::Status OpenSession(grpc::ServerContext* context, const v1::OpenSessionRequest*,
                           v1::OpenSessionResponse* response) override {
    if (answer_bytes > 0) {
      context->set_compression_algorithm(GRPC_COMPRESS_GZIP);
      response->set_session_token(std::string(answer_bytes, 'x'));
    }
    return grpc::Status::OK;
  }
  grpc::Status UploadMetrics(grpc::ServerContext* context,
                             grpc::ServerReader<v1::UploadMetricsRequest>* reader,
                             v1::UploadMetricsResponse*) override {
    v1::UploadMetricsRequest message;
    reader->Read(&message);
    uploads_started.release();
    if (refuses) return {grpc::StatusCode::INVALID_ARGUMENT, "refused"};
    while (!context->IsCancelled() && reader->Read(&message)) {
    }
    return grpc::Status::OK;
  }

  size_t answer_bytes = 0;
  bool refuses = false;
  std::counting_semaphore<> uploads_started{0};
};

// A server of gRPC's own listening, configured by `configure`.
class PlainServer {
 public:
  template <typename Configure>
  PlainServer(grpc::Service& service, Configure configure) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service);
    configure(builder);
    server_ = builder.BuildAndStart();
    address_ = Cat("127.0.0.1:", port);
  }
  ~PlainServer() { server_->Shutdown(std::chrono::system_clock::now()); }
  const std::string& address() const { return address_; }
  grpc::Server& server() { return *server_; }

 private:
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

// The agent's channel, but for what `spoil` changes.
template <typename Spoil>
std::unique_ptr<v1::Device::Stub> AgentStub(agent::ChannelOptions options, Spoil spoil) {
  grpc::ChannelArguments arguments;
  spoil(arguments);  // of two values for one argument the first holds
  agent::ConfigureChannel(options, arguments);
  return v1::Device::NewStub(
      grpc::CreateCustomChannel(options.endpoint, grpc::InsecureChannelCredentials(), arguments));
}
std::unique_ptr<v1::Device::Stub> AgentStub(const std::string& address) {
  return AgentStub({.endpoint = address}, [](auto&) {});
}

void SetDeadline(grpc::ClientContext& context, seconds time) {
  context.set_deadline(std::chrono::system_clock::now() + time);
}

grpc::Status Ask(v1::Device::Stub& stub, const v1::OpenSessionRequest& request = {},
                 seconds deadline = seconds(3)) {
  grpc::ClientContext context;
  SetDeadline(context, deadline);
  v1::OpenSessionResponse response;
  return stub.OpenSession(&context, request, &response);
}

// Descriptors ----------------------------------------------------------------------------------

// Uses up the process's descriptors by connections, frees them, and asks whether calls still work.
grpc::StatusCode AfterDescriptorsRanOut(const std::string& address) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  {
    SocketCrowd crowd(100);
    const rlimit tight{static_cast<rlim_t>(crowd.highest() + 30), before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &tight);
    crowd.ConnectAll(address);
    std::this_thread::sleep_for(seconds(1));
  }
  setrlimit(RLIMIT_NOFILE, &before);
  std::this_thread::sleep_for(seconds(1));
  return Ask(*AgentStub(address)).error_code();
}

TEST(GrpcTraps, AListenerThatRanOutOfDescriptorsTakesConnectionsAgain) {
  SomeService service;
  LoopbackServer server(service);
  EXPECT_EQ(AfterDescriptorsRanOut(server.address()), grpc::StatusCode::OK);
}

TEST(GrpcTraps, WithoutOurAcceptLoopItTakesNoneForEver) {
  SomeService service;
  PlainServer server(service, [](auto&) {});
  EXPECT_NE(AfterDescriptorsRanOut(server.address()), grpc::StatusCode::OK);
}

// Compression ----------------------------------------------------------------------------------

constexpr size_t kBombBytes = 16 << 20;

// What a server says to 16 MB that travel as 16 kB.
grpc::StatusCode BombTheServer(const std::string& address) {
  const auto stub = AgentStub({.endpoint = address}, [](grpc::ChannelArguments& arguments) {
    arguments.SetInt(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 7);
    arguments.SetCompressionAlgorithm(GRPC_COMPRESS_GZIP);
    arguments.SetMaxSendMessageSize(-1);
  });
  v1::OpenSessionRequest request;
  request.set_agent_version(std::string(kBombBytes, 'x'));
  return Ask(*stub, request).error_code();
}

TEST(GrpcTraps, AServerRefusesCompressedMessagesUnopened) {
  SomeService service;
  PlainServer server(service, [](grpc::ServerBuilder& b) { collector::ConfigureServer(b); });
  EXPECT_EQ(BombTheServer(server.address()), grpc::StatusCode::UNIMPLEMENTED);
}

TEST(GrpcTraps, WithoutThatItInflatesThemBeforeItChecksTheirSize) {
  SomeService service;
  PlainServer server(service, [](grpc::ServerBuilder& b) {
    collector::ConfigureServer(b);
    b.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, true);
  });
  EXPECT_EQ(BombTheServer(server.address()), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

// The same by a server against a device.
template <typename Spoil>
grpc::StatusCode BombTheAgent(Spoil spoil) {
  SomeService service;
  service.answer_bytes = kBombBytes;
  PlainServer server(service, [](grpc::ServerBuilder& b) { b.SetMaxSendMessageSize(-1); });
  return Ask(*AgentStub({.endpoint = server.address()}, spoil)).error_code();
}

TEST(GrpcTraps, AnAgentIsNeverSentCompressedMessages) {
  // It says that it takes none; a server that compresses all the same is UNIMPLEMENTED or INTERNAL.
  const auto code = BombTheAgent([](auto&) {});
  EXPECT_TRUE(code == grpc::StatusCode::UNIMPLEMENTED || code == grpc::StatusCode::INTERNAL)
      << code;
}

TEST(GrpcTraps, WithoutThatItInflatesWhatARogueServerSends) {
  EXPECT_EQ(BombTheAgent([](grpc::ChannelArguments& arguments) {
              arguments.SetInt(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 7);
            }),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

// Keepalive ------------------------------------------------------------------------------------

constexpr agent::ChannelOptions kQuickPings{.keepalive_time = absl::Seconds(1),
                                            .keepalive_timeout = absl::Seconds(1)};

// How an idle stream ends whose link is cut silently after 6 s: by keepalive, or by its deadline.
template <typename Spoil>
grpc::StatusCode CutAnIdleStream(Spoil spoil) {
  SomeService service;
  PlainServer server(service, [](grpc::ServerBuilder& b) {
    b.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    b.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 100);
  });
  BlackHoleProxy proxy(server.address());
  agent::ChannelOptions options = kQuickPings;
  options.endpoint = proxy.address();
  const auto stub = AgentStub(options, spoil);
  grpc::ClientContext context;
  SetDeadline(context, seconds(14));
  v1::UploadMetricsResponse response;
  const auto writer = stub->UploadMetrics(&context, &response);
  writer->Write({});
  const auto hole = std::async(std::launch::async, [&] {
    std::this_thread::sleep_for(seconds(6));
    proxy.Swallow();
  });
  return writer->Finish().error_code();
}

TEST(GrpcTraps, ACutIdleStreamIsNoticedByItsPings) {
  EXPECT_EQ(CutAnIdleStream([](auto&) {}), grpc::StatusCode::UNAVAILABLE);
}

TEST(GrpcTraps, WithoutThatThePingsStopAndNobodyNotices) {
  EXPECT_EQ(CutAnIdleStream([](grpc::ChannelArguments& arguments) {
              arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 2);
            }),
            grpc::StatusCode::DEADLINE_EXCEEDED);
}

// How an idle stream of a device that pings every `ping` ends within `time`.
template <typename Configure>
grpc::Status PingFor(Configure configure, absl::Duration ping, seconds time) {
  SomeService service;
  PlainServer server(service, configure);
  const auto stub = AgentStub({.endpoint = server.address(), .keepalive_time = ping}, [](auto&) {});
  grpc::ClientContext context;
  SetDeadline(context, time);
  v1::UploadMetricsResponse response;
  const auto writer = stub->UploadMetrics(&context, &response);
  writer->Write({});
  return writer->Finish();
}

TEST(GrpcTraps, ThePingsOfADeviceAreNotTooMany) {
  // Twice as often as the agent's settings permit.
  const grpc::Status status = PingFor([](grpc::ServerBuilder& b) { collector::ConfigureServer(b); },
                                      absl::Seconds(5), seconds(24));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED) << status.error_message();
}

TEST(GrpcTraps, WithoutThatTheServerEndsTheConnection) {
  const grpc::Status status = PingFor([](auto&) {}, absl::Seconds(1), seconds(12));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_NE(status.error_message().find("ping"), std::string::npos) << status.error_message();
}

// Refusal --------------------------------------------------------------------------------------

struct Closed final : agent::UploadObserver {
  std::promise<StatusCode> code;
  void OnWritten() override {}
  void OnClosed(const agent::CallResult& result, const v1::UploadMetricsResponse&) override {
    code.set_value(result.status.code());
  }
};

TEST(GrpcTraps, ARefusedStreamIsNoticedWithoutAnotherWrite) {
  SomeService service;
  service.refuses = true;
  LoopbackServer server(service);
  UvLoop loop;
  LinuxClock clock;
  agent::GrpcTransport transport({.endpoint = server.address()}, loop, clock);
  Closed closed;
  std::unique_ptr<agent::PendingCall> opening;
  std::unique_ptr<agent::UploadStream> stream;
  std::unique_ptr<Timer> poll;
  auto code = closed.code.get_future();
  std::function<void()> wait = [&] {
    if (code.wait_for(seconds(0)) == std::future_status::ready) return loop.Stop();
    poll = loop.PostAfter(absl::Milliseconds(10), wait);
  };
  loop.Post([&] {
    opening = transport.OpenSession({}, absl::Seconds(3), [&](const auto&, const auto&) {
      stream = transport.StartUpload(absl::Seconds(30), closed);
      stream->Write({});
    });
    wait();
  });
  loop.Run();
  EXPECT_EQ(code.get(), StatusCode::kInvalidArgument);
  poll.reset();
}

// The end of the call is asked for at once, as GrpcTransport does, or not.
bool RefusalIsNoticed(bool ask_at_once) {
  SomeService service;
  service.refuses = true;
  PlainServer server(service, [](auto&) {});
  const auto stub = AgentStub(server.address());
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  v1::UploadMetricsResponse response;
  grpc::Status status;
  void* tag = nullptr;
  bool ok = false;
  const auto writer = stub->PrepareAsyncUploadMetrics(&context, &response, &queue);
  writer->StartCall(nullptr);
  EXPECT_TRUE(queue.Next(&tag, &ok) && ok);
  writer->Write({}, nullptr);
  EXPECT_TRUE(queue.Next(&tag, &ok) && ok);  // "succeeds": it proves nothing
  if (ask_at_once) writer->Finish(&status, nullptr);
  const bool noticed = queue.AsyncNext(&tag, &ok, std::chrono::system_clock::now() + seconds(2)) ==
                       grpc::CompletionQueue::GOT_EVENT;
  if (!ask_at_once) {
    writer->Finish(&status, nullptr);
    queue.Next(&tag, &ok);
  }
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  return noticed;
}

TEST(GrpcTraps, TheEndOfACallIsNoticedWhenItIsAskedForAtOnce) {
  EXPECT_TRUE(RefusalIsNoticed(true));
}

TEST(GrpcTraps, WithoutThatAWriteSucceedsAndTheRefusalIsNotNoticed) {
  EXPECT_FALSE(RefusalIsNoticed(false));
}

// Reconnecting ---------------------------------------------------------------------------------

size_t OpenDescriptors() {
  size_t count = 0;
  DIR* const folder = opendir("/proc/self/fd");
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

TEST(GrpcTraps, AThousandReconnectsGrowNothing) {
  SomeService service;
  LoopbackServer server(service, {}, /*connections_per_second=*/1e6);
  const auto reconnect = [&](int times) {
    for (int i = 0; i < times; ++i) ASSERT_TRUE(Ask(*AgentStub(server.address())).ok()) << i;
  };
  reconnect(100);
  std::this_thread::sleep_for(seconds(1));
  const size_t descriptors = OpenDescriptors();
  const size_t bytes = ResidentBytes();
  reconnect(1000);
  std::this_thread::sleep_for(seconds(1));
  EXPECT_LE(OpenDescriptors(), descriptors + 5);
  EXPECT_LE(ResidentBytes(), bytes + (8 << 20));
}

TEST(GrpcTraps, WithoutDroppingTheOldConnectionEachCostsDescriptors) {
  SomeService service;
  LoopbackServer server(service, {}, /*connections_per_second=*/1e6);
  std::vector<std::unique_ptr<v1::Device::Stub>> kept;
  const size_t descriptors = OpenDescriptors();
  for (int i = 0; i < 100; ++i) {
    kept.push_back(AgentStub(server.address()));
    ASSERT_TRUE(Ask(*kept.back()).ok()) << i;
  }
  EXPECT_GE(OpenDescriptors(), descriptors + 100);
}

// Connections that two channels to the same place make.
template <typename Spoil>
size_t ConnectionsOfTwoChannels(Spoil spoil) {
  SomeService service;
  PlainServer server(service, [](auto&) {});
  BlackHoleProxy proxy(server.address());
  const auto first = AgentStub({.endpoint = proxy.address()}, spoil);
  const auto second = AgentStub({.endpoint = proxy.address()}, spoil);
  EXPECT_TRUE(Ask(*first).ok());
  EXPECT_TRUE(Ask(*second).ok());
  return proxy.connections();
}

TEST(GrpcTraps, AFreshChannelIsAFreshConnection) {
  EXPECT_EQ(ConnectionsOfTwoChannels([](auto&) {}), 2u);
}

TEST(GrpcTraps, WithoutThatItGetsTheOldOneFromAPool) {
  EXPECT_EQ(ConnectionsOfTwoChannels([](grpc::ChannelArguments& arguments) {
              arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 0);
            }),
            1u);
}

// Stopping -------------------------------------------------------------------------------------

struct OpenStream {
  explicit OpenStream(const std::string& address) : stub(AgentStub(address)) {
    writer = stub->UploadMetrics(&context, &response);
    writer->Write({});
  }
  ~OpenStream() {
    context.TryCancel();
    writer->Finish();
  }
  std::unique_ptr<v1::Device::Stub> stub;
  grpc::ClientContext context;
  v1::UploadMetricsResponse response;
  std::unique_ptr<grpc::ClientWriter<v1::UploadMetricsRequest>> writer;
};

TEST(GrpcTraps, AServerStopsWithinItsDeadlineWhateverIsOpen) {
  SomeService service;
  auto server = std::make_unique<LoopbackServer>(service);
  std::vector<std::unique_ptr<OpenStream>> streams;
  for (int i = 0; i < 8; ++i) streams.push_back(std::make_unique<OpenStream>(server->address()));
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(service.uploads_started.try_acquire_for(seconds(10)));
  auto stopped =
      std::async(std::launch::async, [&] { server->listener().Shutdown(absl::Seconds(3)); });
  EXPECT_EQ(stopped.wait_for(seconds(5)), std::future_status::ready);
}

TEST(GrpcTraps, WithoutADeadlineAnIdleStreamKeepsItForEver) {
  SomeService service;
  PlainServer server(service, [](auto&) {});
  auto stream = std::make_unique<OpenStream>(server.address());
  ASSERT_TRUE(service.uploads_started.try_acquire_for(seconds(10)));
  auto stopped = std::async(std::launch::async, [&] { server.server().Shutdown(); });
  EXPECT_EQ(stopped.wait_for(seconds(6)), std::future_status::timeout);
  stream.reset();
}

// A proxy in the environment -------------------------------------------------------------------

template <typename Spoil>
grpc::StatusCode WithAProxyVariable(Spoil spoil) {
  SomeService service;
  PlainServer server(service, [](auto&) {});
  setenv("http_proxy", "http://127.0.0.1:9", 1);  // nobody is there
  const auto code = Ask(*AgentStub({.endpoint = server.address()}, spoil)).error_code();
  unsetenv("http_proxy");
  return code;
}

TEST(GrpcTraps, AProxyVariableDivertsNothing) {
  EXPECT_EQ(WithAProxyVariable([](auto&) {}), grpc::StatusCode::OK);
}

TEST(GrpcTraps, WithoutThatItDivertsEvenLoopback) {
  EXPECT_EQ(WithAProxyVariable([](grpc::ChannelArguments& arguments) {
              arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 1);
            }),
            grpc::StatusCode::UNAVAILABLE);
}

// Sizes ----------------------------------------------------------------------------------------

TEST(GrpcTraps, AMessageOverTheLimitIsRefusedOnBothSidesWithItsSizeAndTheLimit) {
  SomeService service;
  PlainServer server(service, [](grpc::ServerBuilder& b) { collector::ConfigureServer(b); });
  v1::OpenSessionRequest request;
  request.set_agent_version(std::string(5'000'000, 'x'));
  const std::string size = std::to_string(request.ByteSizeLong());
  const std::string limit = std::to_string(agent::kMessageBytesMax);
  // By the agent, before it is sent.
  const grpc::Status sending = Ask(*AgentStub(server.address()), request);
  // By the collector, of one who sends it all the same.
  const auto careless = AgentStub({.endpoint = server.address()},
                                  [](auto& arguments) { arguments.SetMaxSendMessageSize(-1); });
  const grpc::Status receiving = Ask(*careless, request);
  for (const grpc::Status& status : {sending, receiving}) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_NE(status.error_message().find(size), std::string::npos) << status.error_message();
    EXPECT_NE(status.error_message().find(limit), std::string::npos) << status.error_message();
  }
}

}  // namespace
}  // namespace godwit
