// What an agent of version 0.1 sent, call by call (tests/golden/calls-0.1), to this collector's
// ingest: it takes all of it and answers as that version's collector did.
#include <gtest/gtest.h>

#include <set>

#include "base/text.h"
#include "collector/ingest/ingest.h"
#include "tests/golden/recorded_calls.h"
#include "tests/sim/memory_store.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::collector {
namespace {

struct EndedUpload final : UploadPeer {
  void Next() override {}
  void Finish(const CallEnd& end, const v1::UploadMetricsResponse& reply) override {
    status = end.status;
    response = reply;
  }
  std::optional<Status> status;
  v1::UploadMetricsResponse response;
};

struct ListeningDevice final : CommandPeer {
  void Send(const v1::ReceiveCommandsResponse& message) override { received.push_back(message); }
  void Finish(const CallEnd&) override {}
  std::vector<v1::ReceiveCommandsResponse> received;
};

// By record; what the stream was answered for it is one of the verdicts that settle.
std::set<RecordName> Settled(const v1::UploadMetricsResponse& response) {
  std::set<RecordName> settled;
  for (const v1::RecordVerdict& verdict : response.verdicts()) {
    EXPECT_TRUE(verdict.verdict() == v1::VERDICT_COMMITTED ||
                verdict.verdict() == v1::VERDICT_DUPLICATE)
        << verdict.reason();
    for (Seq seq = verdict.seqs().first(); seq <= verdict.seqs().last(); ++seq) {
      settled.insert({verdict.run_id(), seq});
    }
  }
  return settled;
}

class RecordedCallsTest : public testing::Test {
 public:
  void Run() { scheduler_.RunFor(absl::Seconds(1)); }

  void OpenSession(const RecordedCall& call) {
    const auto request = ParseRecorded<v1::OpenSessionRequest>(call.requests.front());
    ingest_.OpenSession(request, clock_.Wall(),
                        [&](const CallEnd& end, const v1::OpenSessionResponse& response) {
                          EXPECT_TRUE(end.status.ok()) << end.status;
                          token_ = response.session_token();
                        });
    Run();
    ASSERT_FALSE(token_.empty());
    if (std::exchange(device_id_, request.device_id()).empty()) IssueWhatWasIssued();
  }

  // The operators' part of the recording: commands and offers under the ids that they had.
  void IssueWhatWasIssued() {
    std::map<std::string, std::string> texts;
    for (const RecordedCall& call : calls_) {
      if (call.method != "FetchRevision") continue;
      texts[ParseRecorded<v1::FetchRevisionRequest>(call.requests.front()).revision()] =
          ParseRecorded<v1::FetchRevisionResponse>(call.responses.front()).text();
    }
    const int64_t now = absl::ToUnixNanos(clock_.Wall());
    std::set<std::string> issued;
    for (const RecordedCall& call : calls_) {
      if (call.method != "ReceiveCommands") continue;
      for (const std::string& bytes : call.responses) {
        const auto message = ParseRecorded<v1::ReceiveCommandsResponse>(bytes);
        const v1::Command& command = message.command();
        if (message.has_command() && issued.insert(command.command_id()).second) {
          EXPECT_TRUE(
              store_
                  .Issue({.id = command.command_id(),
                          .device_id = device_id_,
                          .kind = command.kind(),
                          .expires_unix_ns = now + absl::ToInt64Nanoseconds(absl::Hours(1))},
                         now)
                  .ok());
        }
        const v1::RevisionOffer& offer = message.offer();
        if (message.has_offer() && issued.insert(offer.offer_id()).second) {
          EXPECT_TRUE(store_
                          .Push({{.id = offer.offer_id(),
                                  .device_id = device_id_,
                                  .revision = offer.revision(),
                                  .text = texts.at(offer.revision())}},
                                now)
                          .ok());
        }
      }
    }
  }

  void UploadMetrics(const RecordedCall& call) {
    EndedUpload peer;
    const auto stream = ingest_.NewStream(peer);
    stream->Open();
    std::set<RecordName> sent;
    for (const std::string& bytes : call.requests) {
      auto message = ParseRecorded<v1::UploadMetricsRequest>(bytes);
      if (message.has_start()) message.mutable_start()->set_session_token(token_);
      if (message.has_record()) sent.insert({message.record().run_id(), message.record().seq()});
      stream->Message(std::move(message));
      Run();
    }
    stream->HalfClose();
    Run();
    ASSERT_TRUE(peer.status.has_value());
    EXPECT_TRUE(peer.status->ok()) << *peer.status;
    EXPECT_EQ(Settled(peer.response), sent);
    records_.merge(sent);
  }

  void ReceiveCommands(const RecordedCall& call) {
    auto request = ParseRecorded<v1::ReceiveCommandsRequest>(call.requests.front());
    request.set_session_token(token_);
    commands_.push_back(ingest_.NewCommandStream(device_, request));
    commands_.back()->Open();
    Run();
  }

  void ReportCommand(const RecordedCall& call) {
    auto request = ParseRecorded<v1::ReportCommandRequest>(call.requests.front());
    request.set_session_token(token_);
    const auto recorded = ParseRecorded<v1::ReportCommandResponse>(call.responses.front());
    ingest_.ReportCommand(request,
                          [&](const CallEnd& end, const v1::ReportCommandResponse& response) {
                            EXPECT_TRUE(end.status.ok()) << end.status;
                            EXPECT_EQ(response.go(), recorded.go()) << response.reason();
                          });
    Run();
  }

  void FetchRevision(const RecordedCall& call) {
    auto request = ParseRecorded<v1::FetchRevisionRequest>(call.requests.front());
    request.set_session_token(token_);
    const auto recorded = ParseRecorded<v1::FetchRevisionResponse>(call.responses.front());
    ingest_.FetchRevision(request,
                          [&](const CallEnd& end, const v1::FetchRevisionResponse& response) {
                            EXPECT_TRUE(end.status.ok()) << end.status;
                            EXPECT_EQ(response.text(), recorded.text());
                          });
    Run();
  }

  void ReportRevision(const RecordedCall& call) {
    auto request = ParseRecorded<v1::ReportRevisionRequest>(call.requests.front());
    request.set_session_token(token_);
    ingest_.ReportRevision(request, [](const CallEnd& end, const v1::ReportRevisionResponse&) {
      EXPECT_TRUE(end.status.ok()) << end.status;
    });
    Run();
  }

  void ReportLog(const RecordedCall& call) {
    auto request = ParseRecorded<v1::ReportLogRequest>(call.requests.front());
    request.set_session_token(token_);
    ingest_.ReportLog(request, [](const CallEnd& end, const v1::ReportLogResponse&) {
      EXPECT_TRUE(end.status.ok()) << end.status;
    });
    Run();
  }

 protected:
  const std::vector<RecordedCall> calls_ =
      RecordedCalls(GODWIT_SOURCE_DIR "/tests/golden/calls-0.1");
  sim::SimScheduler scheduler_{1};
  sim::SimClock clock_{scheduler_};
  sim::SimExecutor ingest_executor_{scheduler_};
  sim::SimExecutor writer_executor_{scheduler_};
  sim::SimRandom random_{scheduler_};
  sim::MemoryStore store_{"0123456789abcdef"};
  Statistics statistics_;
  Writer writer_{store_, writer_executor_, clock_, statistics_};
  Ingest ingest_{writer_, store_.store_id(), statistics_, {clock_, ingest_executor_, random_}};
  ListeningDevice device_;
  std::vector<std::unique_ptr<CommandSink>> commands_;
  std::string device_id_;
  std::string token_;
  std::set<RecordName> records_;
};

TEST_F(RecordedCallsTest, AnAgentOfVersion01IsTakenWithAllItsCalls) {
  using Replay = void (RecordedCallsTest::*)(const RecordedCall&);
  const std::map<std::string, Replay> replays = {
      {"OpenSession", &RecordedCallsTest::OpenSession},
      {"UploadMetrics", &RecordedCallsTest::UploadMetrics},
      {"ReceiveCommands", &RecordedCallsTest::ReceiveCommands},
      {"ReportCommand", &RecordedCallsTest::ReportCommand},
      {"FetchRevision", &RecordedCallsTest::FetchRevision},
      {"ReportRevision", &RecordedCallsTest::ReportRevision},
      {"ReportLog", &RecordedCallsTest::ReportLog}};
  std::set<std::string> replayed;
  for (const RecordedCall& call : calls_) {
    SCOPED_TRACE(call.method);
    // One that was cut off has no request, or not all of it.
    if (call.requests.empty() || call.responses.empty()) continue;
    (this->*replays.at(call.method))(call);
    if (HasFatalFailure()) return;
    replayed.insert(call.method);
  }
  EXPECT_EQ(replayed.size(), replays.size()) << "the recording lacks a call";
  EXPECT_EQ(store_.Records().size(), records_.size());
  EXPECT_GT(records_.size(), 5u);
  EXPECT_TRUE(store_.Gaps().empty());
  EXPECT_FALSE(device_.received.empty());
}

}  // namespace
}  // namespace godwit::collector
