// What every Transport promises, over gRPC on loopback (real server, real sockets, real threads)
// and the simulated network; the collector behind both is the real Ingest over the in-memory store.
#include <grpcpp/impl/service_type.h>
#include <gtest/gtest.h>

#include <mutex>
#include <optional>

#include "agent/uplink/grpc/grpc_transport.h"
#include "base/check.h"
#include "base/checksum.h"
#include "codec/batch_codec.h"
#include "collector/ingest/device_service.h"
#include "collector/ingest/ingest.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_random.h"
#include "platform/linux/thread_executor.h"
#include "platform/uv/uv_loop.h"
#include "tests/contract/loopback_server.h"
#include "tests/sim/memory_store.h"
#include "tests/sim/sim_network.h"

namespace godwit {
namespace {

using agent::CallResult;

constexpr char kDevice[] = "dev";

class GrpcWorld {
 public:
  GrpcWorld() {
    transport_ = std::make_unique<agent::GrpcTransport>(
        agent::ChannelOptions{.endpoint = server_->address()}, loop_, clock_);
  }
  ~GrpcWorld() {
    transport_.reset();
    CollectorDown();
    ingest_executor_.Stop();
    writer_executor_.Stop();
  }
  agent::Transport& transport() { return *transport_; }
  Executor& loop() { return loop_; }
  void CollectorDown() { server_.reset(); }
  // Of kind ping, for kDevice.
  void OnIngest(std::function<void(collector::Ingest&)> task) {
    ingest_executor_.Post([this, task = std::move(task)] { task(ingest_); });
  }
  void Issue(const std::string& issuer) {
    ingest_executor_.Post([this, issuer] {
      ingest_.Issue({.device_id = kDevice, .kind = "ping", .issuer = issuer}, absl::Minutes(5),
                    [](const StatusOr<collector::CommandRow>&) {});
    });
  }
  void Push(const std::string& text) {
    ingest_executor_.Post([this, text] {
      ingest_.Push({.device_ids = {kDevice}, .text = text}, [](const Status&) {});
    });
  }
  // Runs the loop until `done`; it is asked after every task of the test's.
  void RunUntil(const std::function<bool()>& done) {
    std::function<void()> poll = [&] {
      if (done()) return loop_.Stop();
      timer_ = loop_.PostAfter(absl::Milliseconds(2), poll);
    };
    UvLoop* loop = &loop_;
    loop->Post([&poll] { poll(); });
    loop->Run();
    timer_.reset();
  }

 private:
  LinuxClock clock_;
  LinuxRandom random_;
  sim::MemoryStore store_{"0123456789abcdef"};
  ThreadExecutor writer_executor_{"writer", clock_};
  ThreadExecutor ingest_executor_{"ingest", clock_};
  collector::Figures figures_;
  collector::Writer writer_{store_, writer_executor_, clock_, figures_};
  collector::Ingest ingest_{
      writer_, store_.store_id(), figures_, {clock_, ingest_executor_, random_}};
  std::unique_ptr<grpc::Service> service_ = collector::MakeDeviceService(ingest_, ingest_executor_);
  std::unique_ptr<LoopbackServer> server_ = std::make_unique<LoopbackServer>(*service_);
  UvLoop loop_;
  std::unique_ptr<agent::Transport> transport_;
  std::unique_ptr<Timer> timer_;
};

class SimulatedWorld {
 public:
  SimulatedWorld() { network_.CollectorUp(ingest_, ingest_executor_); }
  ~SimulatedWorld() { CollectorDown(); }
  agent::Transport& transport() { return *transport_; }
  Executor& loop() { return loop_; }
  void CollectorDown() { network_.CollectorDown(); }
  // Of kind ping, for kDevice.
  void OnIngest(std::function<void(collector::Ingest&)> task) {
    ingest_executor_.Post([this, task = std::move(task)] { task(ingest_); });
  }
  void Issue(const std::string& issuer) {
    ingest_executor_.Post([this, issuer] {
      ingest_.Issue({.device_id = kDevice, .kind = "ping", .issuer = issuer}, absl::Minutes(5),
                    [](const StatusOr<collector::CommandRow>&) {});
    });
  }
  void Push(const std::string& text) {
    ingest_executor_.Post([this, text] {
      ingest_.Push({.device_ids = {kDevice}, .text = text}, [](const Status&) {});
    });
  }
  void RunUntil(const std::function<bool()>& done) {
    ASSERT_TRUE(scheduler_.RunUntil(done, absl::Hours(1)));
  }

 private:
  sim::SimScheduler scheduler_{1};
  sim::SimClock clock_{scheduler_};
  sim::SimRandom random_{scheduler_};
  sim::MemoryStore store_{"0123456789abcdef"};
  sim::SimExecutor loop_{scheduler_};
  sim::SimExecutor writer_executor_{scheduler_};
  sim::SimExecutor ingest_executor_{scheduler_};
  collector::Figures figures_;
  collector::Writer writer_{store_, writer_executor_, clock_, figures_};
  collector::Ingest ingest_{
      writer_, store_.store_id(), figures_, {clock_, ingest_executor_, random_}};
  sim::SimNetwork network_{scheduler_};
  std::unique_ptr<agent::Transport> transport_ = network_.NewTransport(loop_);
};

struct Observed final : agent::UploadObserver {
  int written = 0;
  std::optional<CallResult> closed;
  v1::UploadMetricsResponse response;

  void OnWritten() override { ++written; }
  void OnClosed(const CallResult& result, const v1::UploadMetricsResponse& answer) override {
    closed = result;
    response = answer;
  }
};

v1::UploadMetricsRequest Start(const std::string& token) {
  v1::UploadMetricsRequest message;
  message.mutable_start()->set_session_token(token);
  return message;
}

const std::string& EncodedTable() {
  static const std::string encoded = EncodeTable({.series = {{.name = "a"}}});
  return encoded;
}

TableId TableIdOfIt() {
  return TableIdOf({.series = {{.name = "a"}}});
}

v1::UploadMetricsRequest TableMessage() {
  v1::UploadMetricsRequest message;
  message.mutable_table()->set_encoded(EncodedTable());
  message.mutable_table()->set_table_id(TableIdOfIt());
  return message;
}

v1::UploadMetricsRequest RecordMessage(Seq seq) {
  Batch batch{.boot_id = BootId(kBootIdSize, 'b')};
  Block block{.table = TableIdOfIt(), .interval_ns = 1, .ticks = {{1, 0}}};
  block.columns.resize(1);
  block.columns[0].Append(static_cast<int64_t>(seq));
  batch.blocks.push_back(block);
  v1::UploadMetricsRequest message;
  v1::Record& record = *message.mutable_record();
  record.set_run_id(7);
  record.set_seq(seq);
  record.set_batch(*EncodeBatch(batch));
  record.set_checksum(Checksum(record.batch()));
  return message;
}

template <typename World>
class TransportContract : public testing::Test {
 protected:
  // The token, or the failure.
  StatusOr<std::string> OpenSession() {
    std::optional<StatusOr<std::string>> token;
    v1::OpenSessionRequest request;
    request.set_device_id(kDevice);
    request.set_boot_id(BootId(kBootIdSize, 'b'));
    std::unique_ptr<agent::PendingCall> call;
    world_.loop().Post([&] {
      call = world_.transport().OpenSession(
          request, absl::Seconds(5),
          [&](const CallResult& result, const v1::OpenSessionResponse& response) {
            if (result.status.ok()) {
              token = response.session_token();
            } else {
              token = result.status;
            }
          });
    });
    world_.RunUntil([&] { return token.has_value(); });
    return *token;
  }

  void StartUpload(Observed& observed) {
    world_.loop().Post(
        [&] { stream_ = world_.transport().StartUpload(absl::Seconds(30), observed); });
    world_.RunUntil([&] { return stream_ != nullptr; });
  }

  void Write(Observed& observed, const v1::UploadMetricsRequest& message) {
    const int before = observed.written;
    world_.loop().Post([&] { stream_->Write(message); });
    world_.RunUntil([&] { return observed.written > before || observed.closed; });
  }

  v1::ReportCommandResponse Report(const v1::ReportCommandRequest& request) {
    std::optional<v1::ReportCommandResponse> answer;
    std::unique_ptr<agent::PendingCall> call;
    world_.loop().Post([&] {
      call = world_.transport().ReportCommand(
          request, absl::Seconds(5),
          [&](const CallResult& result, const v1::ReportCommandResponse& response) {
            EXPECT_TRUE(result.status.ok()) << result.status;
            answer = response;
          });
    });
    world_.RunUntil([&] { return answer.has_value(); });
    return *answer;
  }

  void DropStream() {
    world_.loop().Post([&] { stream_.reset(); });
    world_.RunUntil([&] { return stream_ == nullptr; });
  }

  World world_;
  std::unique_ptr<agent::UploadStream> stream_;
};

using Worlds = testing::Types<GrpcWorld, SimulatedWorld>;
TYPED_TEST_SUITE(TransportContract, Worlds);

TYPED_TEST(TransportContract, AStreamOfRecordsEndsWithAVerdictForEach) {
  const auto token = this->OpenSession();
  ASSERT_TRUE(token.ok()) << token.status();
  Observed observed;
  this->StartUpload(observed);
  this->Write(observed, Start(*token));
  this->Write(observed, TableMessage());
  for (Seq seq = 1; seq <= 20; ++seq) this->Write(observed, RecordMessage(seq));
  this->world_.loop().Post([this] { this->stream_->WritesDone(); });
  this->world_.RunUntil([&] { return observed.closed.has_value(); });
  EXPECT_TRUE(observed.closed->status.ok()) << observed.closed->status;
  ASSERT_EQ(observed.response.verdicts_size(), 1);
  const v1::RecordVerdict& verdict = observed.response.verdicts(0);
  EXPECT_EQ(verdict.verdict(), v1::VERDICT_COMMITTED);
  EXPECT_EQ(verdict.run_id(), 7u);
  EXPECT_EQ(verdict.seqs().first(), 1u);
  EXPECT_EQ(verdict.seqs().last(), 20u);
  this->DropStream();
}

TYPED_TEST(TransportContract, AnUnknownTokenIsFailedPrecondition) {
  ASSERT_TRUE(this->OpenSession().ok());
  Observed observed;
  this->StartUpload(observed);
  this->Write(observed, Start("not a token"));
  // Noticed without another write: the collector ended the call.
  this->world_.RunUntil([&] { return observed.closed.has_value(); });
  EXPECT_TRUE(absl::IsFailedPrecondition(observed.closed->status)) << observed.closed->status;
  this->DropStream();
}

TYPED_TEST(TransportContract, ADamagedRecordIsToBeSentAgainAndANonBatchIsRejected) {
  const auto token = this->OpenSession();
  Observed observed;
  this->StartUpload(observed);
  this->Write(observed, Start(*token));
  this->Write(observed, TableMessage());
  auto damaged = RecordMessage(1);
  damaged.mutable_record()->mutable_batch()->back() ^= 1;
  this->Write(observed, damaged);
  auto nonsense = RecordMessage(2);
  nonsense.mutable_record()->set_batch("nonsense");
  nonsense.mutable_record()->set_checksum(Checksum("nonsense"));
  this->Write(observed, nonsense);
  this->world_.loop().Post([this] { this->stream_->WritesDone(); });
  this->world_.RunUntil([&] { return observed.closed.has_value(); });
  ASSERT_EQ(observed.response.verdicts_size(), 2);
  EXPECT_EQ(observed.response.verdicts(0).verdict(), v1::VERDICT_RETRY);
  EXPECT_EQ(observed.response.verdicts(1).verdict(), v1::VERDICT_REJECTED);
  EXPECT_NE(observed.response.verdicts(1).reason(), "");
  this->DropStream();
}

TYPED_TEST(TransportContract, ARecordSentTwiceIsToldToBeADuplicate) {
  const auto token = this->OpenSession();
  Observed observed;
  this->StartUpload(observed);
  this->Write(observed, Start(*token));
  this->Write(observed, TableMessage());
  for (int times = 0; times < 2; ++times) this->Write(observed, RecordMessage(1));
  this->world_.loop().Post([this] { this->stream_->WritesDone(); });
  this->world_.RunUntil([&] { return observed.closed.has_value(); });
  ASSERT_EQ(observed.response.verdicts_size(), 2);
  EXPECT_EQ(observed.response.verdicts(0).verdict(), v1::VERDICT_COMMITTED);
  EXPECT_EQ(observed.response.verdicts(1).verdict(), v1::VERDICT_DUPLICATE);
  this->DropStream();
}

v1::ReceiveCommandsRequest Listening(const std::string& token) {
  v1::ReceiveCommandsRequest request;
  request.set_session_token(token);
  return request;
}

struct CommandsObserved final : agent::CommandObserver {
  std::optional<CallResult> closed;
  // Each once: one that is issued while the stream opens may come twice.
  std::vector<v1::Command> commands;
  std::vector<v1::RevisionOffer> offers;
  std::vector<v1::FollowLog> follows;
  void OnCommand(const v1::Command& command) override {
    for (const v1::Command& known : commands) {
      if (known.command_id() == command.command_id()) return;
    }
    commands.push_back(command);
  }
  void OnOffer(const v1::RevisionOffer& offer) override { offers.push_back(offer); }
  void OnFollowLog(const v1::FollowLog& follow) override { follows.push_back(follow); }
  void OnCommandsClosed(const CallResult& result) override { closed = result; }
};

v1::ReportLogRequest LogOf(const std::string& token, uint64_t follower, const std::string& text,
                           v1::LogLevel level, int64_t time) {
  v1::ReportLogRequest request;
  request.set_session_token(token);
  request.set_follower(follower);
  v1::LogLine& line = *request.add_lines();
  line.set_text(text);
  line.set_level(level);
  line.set_time_unix_ns(time);
  return request;
}

// Who follows a log, told on the loop.
struct LogTold {
  std::vector<std::string> lines;
  Status end;
  collector::LogFollower Follower(Executor& loop) {
    return {.id = 7,
            .device_id = kDevice,
            .level = v1::LOG_LEVEL_WARNING,
            .taken = [this, &loop](const StatusOr<v1::FollowLogResponse>& came) {
              loop.Post([this, came] {
                end = came.status();
                if (!came.ok()) return;
                for (const v1::LogLine& line : came->lines()) lines.push_back(line.text());
              });
            }};
  }
};

TYPED_TEST(TransportContract, ALogIsFollowedUntilItsReaderLeaves) {
  const auto token = this->OpenSession();
  CommandsObserved observed;
  std::unique_ptr<agent::PendingCall> commands;
  LogTold told;
  const auto follow = [&] {
    this->world_.OnIngest([follower = told.Follower(this->world_.loop())](
                              collector::Ingest& ingest) { ingest.FollowLog(follower); });
  };
  follow();  // nobody listens yet
  this->world_.RunUntil([&] { return !told.end.ok(); });
  EXPECT_TRUE(absl::IsAborted(told.end)) << told.end;
  told.end = absl::OkStatus();

  this->world_.Issue("to see that it listens");
  this->world_.loop().Post([&] {
    commands =
        this->world_.transport().ReceiveCommands(Listening(*token), absl::Seconds(60), observed);
  });
  this->world_.RunUntil([&] { return observed.commands.size() == 1; });
  follow();
  this->world_.RunUntil([&] { return observed.follows.size() == 1; });
  EXPECT_EQ(observed.follows[0].follower(), 7u);
  EXPECT_EQ(observed.follows[0].level(), v1::LOG_LEVEL_WARNING);

  std::vector<std::unique_ptr<agent::PendingCall>> calls;
  size_t answered = 0;
  const auto report = [&](uint64_t to, const char* text, v1::LogLevel level, int64_t time) {
    const size_t before = answered;
    this->world_.loop().Post([&, request = LogOf(*token, to, text, level, time)] {
      calls.push_back(this->world_.transport().ReportLog(
          request, absl::Seconds(10), [&](const CallResult& result, const v1::ReportLogResponse&) {
            EXPECT_TRUE(result.status.ok()) << result.status;
            ++answered;
          }));
    });
    this->world_.RunUntil([&] { return answered > before; });
  };
  // What it last said comes first, then what comes; what is not that bad is passed over.
  report(0, "too early", v1::LOG_LEVEL_ERROR, 1);
  report(7, "before", v1::LOG_LEVEL_ERROR, 2);
  report(0, "new", v1::LOG_LEVEL_WARNING, 3);
  report(0, "harmless", v1::LOG_LEVEL_INFO, 4);
  report(7, "before", v1::LOG_LEVEL_ERROR, 2);  // again: it went away and came back
  report(8, "another's", v1::LOG_LEVEL_ERROR, 5);
  EXPECT_EQ(told.lines, (std::vector<std::string>{"before", "new"}));

  this->world_.OnIngest([](collector::Ingest& ingest) { ingest.LeaveLog(7); });
  this->world_.RunUntil([&] { return observed.follows.size() == 2; });
  EXPECT_EQ(observed.follows[1].level(), v1::LOG_LEVEL_UNSPECIFIED);
  report(0, "later", v1::LOG_LEVEL_ERROR, 6);
  EXPECT_EQ(told.lines.size(), 2u);
  this->world_.loop().Post([&] {
    calls.clear();
    commands.reset();
  });
  this->world_.RunUntil([&] { return commands == nullptr; });
}

TYPED_TEST(TransportContract, ACommandStreamStaysOpenUntilItsTimeIsOver) {
  const auto token = this->OpenSession();
  CommandsObserved observed;
  std::unique_ptr<agent::PendingCall> commands;
  this->world_.loop().Post([&] {
    commands =
        this->world_.transport().ReceiveCommands(Listening(*token), absl::Seconds(1), observed);
  });
  this->world_.RunUntil([&] { return observed.closed.has_value(); });
  EXPECT_TRUE(absl::IsDeadlineExceeded(observed.closed->status)) << observed.closed->status;
  this->world_.loop().Post([&] { commands.reset(); });
  this->world_.RunUntil([&] { return commands == nullptr; });
}

TYPED_TEST(TransportContract, OffersComeAsTheyAreMadeAndTheirTextsAreFetched) {
  const auto token = this->OpenSession();
  this->world_.Push("before");
  CommandsObserved observed;
  std::unique_ptr<agent::PendingCall> commands;
  this->world_.loop().Post([&] {
    commands =
        this->world_.transport().ReceiveCommands(Listening(*token), absl::Seconds(60), observed);
  });
  this->world_.RunUntil([&] { return observed.offers.size() == 1; });
  this->world_.Push("after");
  this->world_.RunUntil([&] { return observed.offers.size() == 2; });
  std::map<std::string, std::string> texts;
  std::vector<std::unique_ptr<agent::PendingCall>> calls;
  this->world_.loop().Post([&] {
    for (const std::string& id :
         {observed.offers[0].revision(), observed.offers[1].revision(), std::string(16, '?')}) {
      v1::FetchRevisionRequest fetch;
      fetch.set_session_token(*token);
      fetch.set_revision(id);
      calls.push_back(this->world_.transport().FetchRevision(
          fetch, absl::Seconds(10),
          [&texts, id](const CallResult& result, const v1::FetchRevisionResponse& response) {
            texts[id] = result.status.ok() ? response.text() : "none";
            EXPECT_TRUE(result.status.ok() || absl::IsNotFound(result.status)) << result.status;
          }));
    }
  });
  this->world_.RunUntil([&] { return texts.size() == 3; });
  EXPECT_EQ(texts[observed.offers[0].revision()], "before");
  EXPECT_EQ(texts[observed.offers[1].revision()], "after");
  EXPECT_EQ(texts[std::string(16, '?')], "none");
  this->world_.loop().Post([&] {
    calls.clear();
    commands.reset();
  });
  this->world_.RunUntil([&] { return commands == nullptr; });
}

TYPED_TEST(TransportContract, CommandsComeAsTheyAreIssuedTheWaitingOnesFirst) {
  const auto token = this->OpenSession();
  this->world_.Issue("before");
  CommandsObserved observed;
  std::unique_ptr<agent::PendingCall> commands;
  this->world_.loop().Post([&] {
    commands =
        this->world_.transport().ReceiveCommands(Listening(*token), absl::Seconds(60), observed);
  });
  this->world_.RunUntil([&] { return observed.commands.size() == 1; });
  this->world_.Issue("after");
  this->world_.RunUntil([&] { return observed.commands.size() == 2; });
  EXPECT_EQ(observed.commands[0].issuer(), "before");
  EXPECT_EQ(observed.commands[1].issuer(), "after");
  EXPECT_EQ(observed.commands[1].kind(), "ping");
  EXPECT_GT(observed.commands[1].life_ms(), 0);
  v1::ReportCommandRequest ask;
  ask.set_session_token(*token);
  ask.set_command_id(observed.commands[0].command_id());
  ask.set_state(v1::COMMAND_STATE_RECEIVED);
  ask.set_start_id(7);
  EXPECT_TRUE(this->Report(ask).go());
  ask.set_command_id(std::string(16, 'x'));
  EXPECT_FALSE(this->Report(ask).go());
  this->world_.loop().Post([&] { commands.reset(); });
  this->world_.RunUntil([&] { return commands == nullptr; });
}

TYPED_TEST(TransportContract, ACommandStreamOfAnUnknownSessionIsFailedPrecondition) {
  ASSERT_TRUE(this->OpenSession().ok());
  CommandsObserved observed;
  std::unique_ptr<agent::PendingCall> commands;
  this->world_.loop().Post([&] {
    commands = this->world_.transport().ReceiveCommands(Listening("no token"), absl::Seconds(60),
                                                        observed);
  });
  this->world_.RunUntil([&] { return observed.closed.has_value(); });
  EXPECT_TRUE(absl::IsFailedPrecondition(observed.closed->status)) << observed.closed->status;
  this->world_.loop().Post([&] { commands.reset(); });
  this->world_.RunUntil([&] { return commands == nullptr; });
}

TYPED_TEST(TransportContract, ACommandStreamEndsWithItsCollector) {
  const auto token = this->OpenSession();
  CommandsObserved observed;
  Observed upload;
  std::unique_ptr<agent::PendingCall> commands;
  this->world_.loop().Post([&] {
    commands =
        this->world_.transport().ReceiveCommands(Listening(*token), absl::Seconds(60), observed);
  });
  // A round trip later it is open.
  this->StartUpload(upload);
  this->Write(upload, Start(*token));
  this->Write(upload, TableMessage());
  this->world_.CollectorDown();
  this->world_.RunUntil([&] { return observed.closed.has_value(); });
  EXPECT_TRUE(observed.closed->closed_by_peer) << observed.closed->status;
  this->DropStream();
  this->world_.loop().Post([&] { commands.reset(); });
  this->world_.RunUntil([&] { return commands == nullptr; });
}

TYPED_TEST(TransportContract, WithoutACollectorACallIsUnavailable) {
  ASSERT_TRUE(this->OpenSession().ok());
  Observed observed;
  this->StartUpload(observed);
  this->world_.CollectorDown();
  this->world_.RunUntil([&] { return observed.closed.has_value(); });
  EXPECT_FALSE(observed.closed->status.ok());
  EXPECT_TRUE(observed.closed->closed_by_peer) << observed.closed->status;
  this->DropStream();
  EXPECT_TRUE(absl::IsUnavailable(this->OpenSession().status()));
}

TYPED_TEST(TransportContract, ADroppedStreamIsSilent) {
  const auto token = this->OpenSession();
  Observed observed;
  this->StartUpload(observed);
  this->Write(observed, Start(*token));
  this->DropStream();
  // Another session's round trip: time enough for a callback that must not come.
  EXPECT_TRUE(this->OpenSession().ok());
  EXPECT_FALSE(observed.closed.has_value());
}

}  // namespace
}  // namespace godwit
