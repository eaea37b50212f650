// What the session does upon answers, failures and requests, over a transport that the test
// answers.
#include "agent/uplink/session.h"

#include <gtest/gtest.h>

#include "agent/limits.h"
#include "tests/unit/agent/uplink/scripted_transport.h"
#include "tests/unit/agent/uplink/uplink_fixture.h"

namespace godwit::agent {
namespace {

using Names = std::vector<RecordName>;

struct CountingReceiver final : CommandReceiver {
  void SessionOpened(const OpenedSession& session) override { open_token = session.token; }
  void SessionLost() override { open_token.clear(); }
  void OnCommand(const v1::Command&) override {}
  void OnOffer(const v1::RevisionOffer&) override {}
  void OnFollowLog(const v1::FollowLog&) override {}
  std::string effective_revision() const override { return "revision"; }

  std::string open_token;
};

class SessionTest : public UplinkTest {
 protected:
  void SetUp() override {
    OpenSpool();
    quarantine_.emplace(*outbox_, counters_);
    UploadPump::Owner owner{
        .may_reopen = [this] { return session_->MayReopen(); },
        .reopen = [this] { session_->Reopen(); },
        .failed = [this](const CallResult& result) { session_->OnFailed(result); },
        .answered = [this] { session_->OnAnswered(); },
        .drained = [this] { session_->OnDrained(); }};
    pump_.emplace(options_,
                  UploadPump::Dependencies{clock_, loop_, *outbox_, transport_, reporter_,
                                           *quarantine_, counters_},
                  std::move(owner));
    session_.emplace(options_, identity_,
                     Session::Dependencies{clock_, loop_, random_, *outbox_, transport_, reporter_,
                                           *quarantine_, *pump_, counters_, &receiver_});
  }
  void Start() {
    session_->Start();
    RunPending();
  }
  void Answer(const v1::OpenSessionResponse& response = Response()) {
    transport_.AnswerOpen({.status = absl::OkStatus()}, response);
    RunPending();
  }
  void StartAndOpen() {
    Start();
    Answer();
  }
  void Refuse(std::optional<absl::Duration> hint = std::nullopt) {
    transport_.AnswerOpen(
        {.status = Error(StatusCode::kUnavailable, "not now"), .retry_after = hint});
    RunPending();
  }
  static v1::OpenSessionResponse Response() {
    v1::OpenSessionResponse response;
    response.set_session_token("token");
    response.set_store_id("store");
    response.set_collector_version("1");
    return response;
  }
  // The same, and this many records from the first on are settled.
  v1::OpenSessionResponse Settling(Seq records) {
    v1::OpenSessionResponse response = Response();
    v1::SettledRun& run = *response.add_settled();
    run.set_run_id(spool_->run());
    run.add_settled()->set_first(1);
    run.mutable_settled(0)->set_last(records);
    return response;
  }
  // Sends a record and has it rejected.
  void RejectOne() {
    Append(100);
    pump_->Wake();
    RunPending();
    transport_.AnswerUpload(Uploads() - 1, v1::VERDICT_REJECTED);
    RunPending();
  }
  void Block() {
    StartAndOpen();
    for (int i = 0; i < kRejectionsInARowMax; ++i) RejectOne();
  }
  void Drain() {
    session_->Drain([this] { ++drained_; });
    RunPending();
  }
  size_t Opens() { return transport_.opens.size(); }
  size_t Uploads() { return transport_.uploads.size(); }
  SessionState State() { return session_->state(); }

  // Each stream ends behind what the spool has.
  UploadOptions options_{
      .stream_period = absl::Seconds(30), .batch_period = absl::Minutes(1), .only_store = "store"};
  const Identity identity_{.device_id = "dev", .boot_id = BootId(kBootIdSize, 'b')};
  sim::SimClock clock_{scheduler_};
  DeviceReporter reporter_{identity_, [] { return std::vector<SensorReport>(); }, clock_};
  ScriptedTransport transport_{loop_};
  CountingReceiver receiver_;
  std::optional<Quarantine> quarantine_;
  std::optional<UploadPump> pump_;
  std::optional<Session> session_;
  int drained_ = 0;
};

TEST_F(SessionTest, ItReportsWhatTheSpoolHoldsAndTakesWhatIsSettled) {
  const Names names = AppendRecords(3);
  Start();
  ASSERT_EQ(Opens(), 1u);
  const v1::OpenSessionRequest& request = transport_.opens[0]->request;
  EXPECT_EQ(request.device_id(), "dev");
  ASSERT_EQ(request.runs_size(), 1);
  EXPECT_EQ(request.runs(0).held(0).last(), 3u);
  EXPECT_EQ(State(), SessionState::kOpening);
  Answer(Settling(2));
  EXPECT_EQ(State(), SessionState::kOpen);
  EXPECT_EQ(Unsettled(), (Names{names[2]}));
  ASSERT_EQ(Uploads(), 1u);
  EXPECT_EQ(transport_.uploads[0]->Records(), (Names{names[2]}));
  EXPECT_EQ(counters_.sessions, 1u);
}

TEST_F(SessionTest, AnAnswerThatSettlesWhatWasNotReportedIsNotUsed) {
  const Names names = AppendRecords(3);
  Start();
  Answer(Settling(4));
  EXPECT_EQ(State(), SessionState::kWaiting);
  EXPECT_EQ(Unsettled(), names);
  EXPECT_EQ(counters_.answers_refused, 1u);
  EXPECT_EQ(transport_.commands.size(), 0u);
  EXPECT_EQ(receiver_.open_token, "");
}

TEST_F(SessionTest, ACommandStreamIsOpenAsLongAsTheSession) {
  StartAndOpen();
  ASSERT_EQ(transport_.commands.size(), 1u);
  EXPECT_EQ(transport_.commands[0]->request.session_token(), "token");
  EXPECT_EQ(transport_.commands[0]->request.effective_revision(), "revision");
  EXPECT_EQ(receiver_.open_token, "token");
  session_->Reopen();
  EXPECT_EQ(transport_.commands[0]->observer, nullptr);
  EXPECT_EQ(receiver_.open_token, "");
}

TEST_F(SessionTest, AStoreThatIsNotTheDevicesIsSentCommandsOnly) {
  AppendRecords(1);
  Start();
  v1::OpenSessionResponse other = Settling(1);
  other.set_store_id("another");
  Answer(other);
  EXPECT_EQ(State(), SessionState::kOpen);
  EXPECT_EQ(transport_.commands.size(), 1u);
  EXPECT_EQ(Uploads(), 0u);
  EXPECT_EQ(Unsettled().size(), 1u) << "what it settles is not believed";
}

TEST_F(SessionTest, AFailureIsRetriedAfterABackoff) {
  Start();
  Refuse();
  EXPECT_EQ(State(), SessionState::kWaiting);
  EXPECT_EQ(counters_.failures, 1u);
  scheduler_.RunFor(options_.backoff.initial);
  EXPECT_EQ(Opens(), 2u);
}

TEST_F(SessionTest, AFlushAndAChangedNetworkEndTheWaitButNoHint) {
  Start();
  Refuse();
  session_->Flush();
  RunPending();
  EXPECT_EQ(Opens(), 2u);
  Refuse();
  session_->NetworkChanged(false);
  RunPending();
  EXPECT_EQ(Opens(), 3u);
  Refuse(absl::Minutes(10));
  for (int minute = 0; minute < 9; ++minute) {
    scheduler_.RunFor(absl::Minutes(1));
    session_->Flush();
    session_->NetworkChanged(true);
    RunPending();
  }
  EXPECT_EQ(Opens(), 3u);
  scheduler_.RunFor(absl::Minutes(1));
  EXPECT_EQ(Opens(), 4u);
}

TEST_F(SessionTest, AHintThatIsCutIsCounted) {
  Start();
  Refuse(kRetryHintMax + absl::Seconds(1));
  EXPECT_EQ(counters_.hints_cut, 1u);
  scheduler_.RunFor(kRetryHintMax);
  EXPECT_EQ(Opens(), 2u);
}

TEST_F(SessionTest, AnAddressThatIsGoneReopensASessionThatIsOldEnough) {
  StartAndOpen();
  session_->NetworkChanged(true);
  EXPECT_EQ(State(), SessionState::kOpen) << "it is new";
  scheduler_.RunFor(kSessionWorthwhile);
  session_->NetworkChanged(false);
  EXPECT_EQ(State(), SessionState::kOpen);
  session_->NetworkChanged(true);
  EXPECT_EQ(State(), SessionState::kOpening);
}

TEST_F(SessionTest, ASessionThatIsNotKnownIsReopenedAtOnceTheFirstTime) {
  const CallResult unknown{.status = Error(StatusCode::kFailedPrecondition, "unknown")};
  AppendRecords(1);
  StartAndOpen();
  transport_.CloseUpload(0, unknown);
  EXPECT_EQ(State(), SessionState::kOpening);
  RunPending();
  Answer();
  transport_.CloseUpload(1, unknown);
  EXPECT_EQ(State(), SessionState::kWaiting);
}

TEST_F(SessionTest, TooManyRejectionsBlockTheUploadAndProbesHaveSessionsOfTheirOwn) {
  Block();
  EXPECT_EQ(State(), SessionState::kOpening) << "the first probe is due at once";
  Answer();
  EXPECT_EQ(State(), SessionState::kProbing);
  const size_t probe = Uploads() - 1;
  EXPECT_EQ(transport_.uploads[probe]->Records().size(), 1u);
  transport_.AnswerUpload(probe, v1::VERDICT_REJECTED);
  EXPECT_EQ(State(), SessionState::kBlocked);
  Append(100);
  pump_->Wake();
  scheduler_.RunFor(kProbePeriod - absl::Seconds(1));
  EXPECT_EQ(State(), SessionState::kBlocked);
  EXPECT_EQ(Uploads(), probe + 1);
  scheduler_.RunFor(absl::Seconds(1));
  Answer();
  EXPECT_EQ(State(), SessionState::kProbing);
  transport_.AnswerUpload(probe + 1, v1::VERDICT_COMMITTED);
  EXPECT_EQ(State(), SessionState::kOpen);
}

TEST_F(SessionTest, ADrainSendsWhatThereIsAndThenEnds) {
  StartAndOpen();
  AppendRecords(1);
  Drain();
  EXPECT_EQ(drained_, 0);
  transport_.AnswerUpload(0, v1::VERDICT_COMMITTED);
  RunPending();
  EXPECT_EQ(drained_, 1);
  EXPECT_EQ(State(), SessionState::kIdle);
  EXPECT_EQ(transport_.commands[0]->observer, nullptr);
}

TEST_F(SessionTest, ADrainAtACollectorOfAnotherStoreEnds) {
  v1::OpenSessionResponse other = Response();
  other.set_store_id("another");
  AppendRecords(1);
  Start();
  Answer(other);
  Drain();
  EXPECT_EQ(drained_, 1);
  EXPECT_EQ(State(), SessionState::kIdle);
}

TEST_F(SessionTest, ADrainWhileASessionWithAnotherStoreOpensEndsWithIt) {
  v1::OpenSessionResponse other = Response();
  other.set_store_id("another");
  Start();
  Drain();
  EXPECT_EQ(drained_, 0);
  Answer(other);
  EXPECT_EQ(drained_, 1);
}

TEST_F(SessionTest, ADrainBeforeTheStartEndsAtOnce) {
  Drain();
  EXPECT_EQ(drained_, 1);
}

TEST_F(SessionTest, ADrainTriesOnceMoreUnlessAHintHolds) {
  Start();
  Refuse();
  Drain();
  EXPECT_EQ(State(), SessionState::kOpening);
  Refuse();
  EXPECT_EQ(drained_, 1);
  EXPECT_EQ(State(), SessionState::kIdle);
}

TEST_F(SessionTest, ADrainDoesNotWaitForTheEndOfAHint) {
  Start();
  Refuse(absl::Minutes(10));
  Drain();
  EXPECT_EQ(drained_, 1);
  EXPECT_EQ(Opens(), 1u);
}

TEST_F(SessionTest, ADrainOfABlockedUploadEndsAtOnce) {
  Block();
  Answer();
  transport_.AnswerUpload(Uploads() - 1, v1::VERDICT_REJECTED);
  ASSERT_EQ(State(), SessionState::kBlocked);
  Drain();
  EXPECT_EQ(drained_, 1);
}

TEST_F(SessionTest, ADrainWhileAProbesSessionOpensEndsWithIt) {
  Block();
  ASSERT_EQ(State(), SessionState::kOpening);
  Drain();
  EXPECT_EQ(drained_, 0);
  Answer();
  EXPECT_EQ(drained_, 1);
  EXPECT_EQ(State(), SessionState::kIdle);
}

TEST_F(SessionTest, NothingStartsAfterADrain) {
  Start();
  Drain();
  Refuse();
  session_->NetworkChanged(true);
  session_->Flush();
  scheduler_.RunFor(absl::Hours(1));
  EXPECT_EQ(Opens(), 1u);
}

TEST_F(SessionTest, AChangedNetworkReopensNothingAfterADrain) {
  StartAndOpen();
  scheduler_.RunFor(kSessionWorthwhile);
  Drain();
  ASSERT_EQ(drained_, 1);
  session_->NetworkChanged(true);
  EXPECT_EQ(State(), SessionState::kIdle);
}

TEST_F(SessionTest, ItsEndEndsAllCalls) {
  AppendRecords(1);
  StartAndOpen();
  session_.reset();
  EXPECT_FALSE(transport_.uploads[0]->open());
  EXPECT_EQ(transport_.commands[0]->observer, nullptr);
  EXPECT_EQ(receiver_.open_token, "");
}

}  // namespace
}  // namespace godwit::agent
