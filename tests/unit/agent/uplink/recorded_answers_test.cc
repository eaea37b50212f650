// What a collector of version 0.1 answered, call by call (tests/golden/calls-0.1), to this agent's
// uploader: its verdicts settle, and its commands, offers and followers arrive.
#include <gtest/gtest.h>

#include "agent/uplink/uploader.h"
#include "tests/golden/recorded_calls.h"
#include "tests/unit/agent/silent_transport.h"
#include "tests/unit/agent/spool/spool_fixture.h"

namespace godwit::agent {
namespace {

class Handle final : public PendingCall {};

// The calls of one recorded session, in their order; one that was cut off is left out.
std::vector<RecordedCall> FirstSession() {
  std::vector<RecordedCall> session;
  for (RecordedCall& call : RecordedCalls(GODWIT_SOURCE_DIR "/tests/golden/calls-0.1")) {
    if (call.method == "OpenSession" && !session.empty()) break;
    if (!call.responses.empty()) session.push_back(std::move(call));
  }
  return session;
}

std::vector<Seq> SeqsOf(const RecordedCall& upload) {
  std::vector<Seq> seqs;
  for (const std::string& bytes : upload.requests) {
    const auto message = ParseRecorded<v1::UploadMetricsRequest>(bytes);
    if (message.has_record()) seqs.push_back(message.record().seq());
  }
  return seqs;
}

// Answers each call with the recorded answer.
class RecordedTransport final : public SilentTransport {
 public:
  std::string open_response;
  std::string upload_response;  // to the next stream
  std::vector<std::string> command_messages;

  explicit RecordedTransport(Executor& loop) : loop_(loop) {}

  std::unique_ptr<PendingCall> OpenSession(const v1::OpenSessionRequest&, absl::Duration,
                                           SessionOpened opened) override {
    loop_.Post([this, opened] {
      opened({.status = absl::OkStatus()}, ParseRecorded<v1::OpenSessionResponse>(open_response));
    });
    return std::make_unique<Handle>();
  }
  std::unique_ptr<UploadStream> StartUpload(absl::Duration, UploadObserver& observer) override {
    return std::make_unique<Stream>(*this, observer);
  }
  std::unique_ptr<PendingCall> ReceiveCommands(const v1::ReceiveCommandsRequest&, absl::Duration,
                                               CommandObserver& observer) override {
    for (const std::string& bytes : command_messages) {
      loop_.Post([&observer, message = ParseRecorded<v1::ReceiveCommandsResponse>(bytes)] {
        observer.OnMessage(message);
      });
    }
    return std::make_unique<Handle>();
  }

 private:
  class Stream final : public UploadStream {
   public:
    Stream(RecordedTransport& transport, UploadObserver& observer)
        : transport_(transport), observer_(observer) {}
    void Write(const v1::UploadMetricsRequest&) override {
      transport_.loop_.Post([this] { observer_.OnWritten(); });
    }
    void WriteLast(const v1::UploadMetricsRequest&) override { WritesDone(); }
    void WritesDone() override {
      transport_.loop_.Post([this] {
        observer_.OnClosed({.status = absl::OkStatus()},
                           ParseRecorded<v1::UploadMetricsResponse>(transport_.upload_response));
      });
    }

   private:
    RecordedTransport& transport_;
    UploadObserver& observer_;
  };

  Executor& loop_;
};

struct Received final : CommandReceiver {
  void SessionOpened(const OpenedSession& session) override { store_id = session.store_id; }
  void SessionLost() override {}
  void OnCommand(const v1::Command& command) override { commands.push_back(command.kind()); }
  void OnOffer(const v1::RevisionOffer& offer) override { offers.push_back(offer.revision()); }
  void OnFollowLog(const v1::FollowLog& follow) override { followers += follow.follower() != 0; }
  std::string effective_revision() const override { return {}; }

  std::string store_id;
  std::vector<std::string> commands;
  std::vector<std::string> offers;
  int followers = 0;
};

// The run of the recording.
class RecordedRun final : public Random {
 public:
  explicit RecordedRun(RunId run) : run_(run) {}
  uint64_t Next() override { return run_; }

 private:
  const RunId run_;
};

RunId RunOf(const std::vector<RecordedCall>& session) {
  for (const RecordedCall& call : session) {
    if (call.method != "UploadMetrics") continue;
    for (const std::string& bytes : call.requests) {
      const auto message = ParseRecorded<v1::UploadMetricsRequest>(bytes);
      if (message.has_record()) return message.record().run_id();
    }
  }
  return 0;
}

class RecordedAnswersTest : public SpoolTest {};

TEST_F(RecordedAnswersTest, ACollectorOfVersion01SettlesAndCommands) {
  const std::vector<RecordedCall> session = FirstSession();
  RecordedRun run(RunOf(session));
  auto spool = *Spool::Open(Options(), disk_, run);
  sim::SimClock clock(scheduler_);
  sim::SimExecutor loop(scheduler_);
  sim::SimExecutor storage(scheduler_);
  RecordedTransport transport(loop);
  Received received;
  for (const RecordedCall& call : session) {
    if (call.method == "OpenSession") transport.open_response = call.responses.front();
    if (call.method == "ReceiveCommands") transport.command_messages = call.responses;
  }
  const Identity identity{.device_id = "dev", .device_name = "dev", .boot_id = Options().boot_id};
  DeviceReporter reporter(
      identity, [] { return std::vector<SensorReport>(); }, clock);
  Outbox outbox(*spool, storage, loop);
  // A stream ends behind what there is.
  Uploader uploader({.stream_period = absl::Seconds(30), .batch_period = absl::Minutes(1)},
                    identity, outbox, transport, {clock, loop, random_, reporter, &received});
  loop.Post([&] { uploader.Start(); });
  scheduler_.RunFor(absl::Seconds(1));

  Seq last = 0;
  for (const RecordedCall& call : session) {
    if (call.method != "UploadMetrics") continue;
    const std::vector<Seq> seqs = SeqsOf(call);
    if (seqs.front() <= last) continue;  // the proof of a trial, whose record is sent again
    transport.upload_response = call.responses.front();
    for (const Seq seq : seqs) EXPECT_EQ(last = spool->Append(Record(100)).name.seq, seq);
    loop.Post([&] { uploader.Wake(); });
    scheduler_.RunFor(absl::Seconds(5));
    // What is settled is noted with storage's next task.
    storage.Post([] {});
    scheduler_.RunFor(absl::Seconds(1));
    EXPECT_EQ(spool->Next(std::nullopt), std::nullopt) << "after record " << last;
  }
  EXPECT_EQ(uploader.counters().records, last);
  EXPECT_EQ(uploader.counters().failures, 0u);
  EXPECT_EQ(received.store_id.size(), 16u);
  EXPECT_EQ(received.commands, std::vector<std::string>{"ping"});
  EXPECT_EQ(received.offers.size(), 1u);
  EXPECT_EQ(received.followers, 2) << "one comes and goes";
}

}  // namespace
}  // namespace godwit::agent
