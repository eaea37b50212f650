// What the pump sends of a spool, in which streams, and what it makes of their replies.
#include "agent/uplink/upload_pump.h"

#include <gtest/gtest.h>

#include "agent/limits.h"
#include "tests/unit/agent/uplink/scripted_transport.h"
#include "tests/unit/agent/uplink/uplink_fixture.h"

namespace godwit::agent {
namespace {

using Names = std::vector<RecordName>;

class UploadPumpTest : public UplinkTest {
 protected:
  void SetUp() override {
    OpenSpool();
    quarantine_.emplace(*outbox_, counters_);
    UploadPump::Owner owner;
    owner.may_reopen = [this] { return may_reopen_; };
    owner.reopen = [this] {
      ++reopened_;
      pump_->Stop();
    };
    owner.failed = [this](const CallResult& result) {
      failures_.push_back(result);
      pump_->Stop();
    };
    owner.answered = [this] { ++answered_; };
    owner.drained = [this] { ++drained_; };
    const UploadPump::Dependencies dependencies{clock_,    loop_,        *outbox_, transport_,
                                                reporter_, *quarantine_, counters_};
    pump_.emplace(options_, dependencies, std::move(owner));
  }
  PumpSession Session() {
    return {.token = "token",
            .bounds = {.records = kStreamRecordsMax,
                       .tables = kStreamTablesMax,
                       .bytes = kStreamBytesMax,
                       .period = options_.stream_period,
                       .messages_join = true},
            .spool_changes = spool_->changes()};
  }
  void StartSending(PumpSession session) {
    quarantine_->PrepareSession(Inventory());
    quarantine_->BeginSession({"store", "1"});
    pump_->Start(std::move(session));
    pump_->Send();
    RunPending();
  }
  void StartSending() { StartSending(Session()); }
  // A record each.
  PumpSession SessionOfSmallStreams() {
    PumpSession session = Session();
    session.bounds.records = 1;
    return session;
  }
  void Wake() {
    pump_->Wake();
    RunPending();
  }
  void Answer(size_t upload, v1::Verdict verdict = v1::VERDICT_COMMITTED) {
    transport_.AnswerUpload(upload, verdict);
    RunPending();
  }
  ScriptedTransport::Upload& Upload(size_t at) { return *transport_.uploads.at(at); }
  size_t Uploads() { return transport_.uploads.size(); }

  // A stream stays open for the next record.
  UploadOptions options_{.stream_period = absl::Seconds(30), .batch_period = absl::Seconds(10)};
  const Identity identity_{.device_id = "dev"};
  sim::SimClock clock_{scheduler_};
  DeviceReporter reporter_{identity_, [] { return std::vector<SensorReport>(); }, clock_};
  ScriptedTransport transport_{loop_};
  std::optional<Quarantine> quarantine_;
  bool may_reopen_ = true;
  int reopened_ = 0;
  int answered_ = 0;
  int drained_ = 0;
  std::vector<CallResult> failures_;
  std::optional<UploadPump> pump_;
};

TEST_F(UploadPumpTest, ItSendsWhatTheSpoolHoldsAndSettlesItByTheReply) {
  const Names names = AppendRecords(3);
  StartSending();
  ASSERT_EQ(Uploads(), 1u);
  EXPECT_EQ(Upload(0).messages.front().start().session_token(), "token");
  EXPECT_EQ(Upload(0).Records(), names);
  EXPECT_FALSE(Upload(0).ended) << "more may come within its period";
  EXPECT_EQ(Unsettled(), names);
  scheduler_.RunFor(options_.stream_period);
  EXPECT_TRUE(Upload(0).ended);
  Answer(0);
  EXPECT_EQ(Unsettled(), Names());
  EXPECT_EQ(answered_, 1);
  EXPECT_EQ(counters_.streams, 1u);
  EXPECT_EQ(counters_.records, 3u);
  EXPECT_GT(counters_.bytes, 0u);
}

TEST_F(UploadPumpTest, ANewRecordGoesWithTheStreamThatIsOpen) {
  Names names = AppendRecords(1);
  StartSending();
  names.push_back(Append(100));
  pump_->Send();
  RunPending();
  EXPECT_EQ(Upload(0).Records().size(), 1u) << "a spool that had no more is not asked again";
  Wake();
  ASSERT_EQ(Uploads(), 1u);
  EXPECT_EQ(Upload(0).Records(), names);
}

TEST_F(UploadPumpTest, AtMostTwoStreamsAreUnderWay) {
  const Names names = AppendRecords(3);
  StartSending(SessionOfSmallStreams());
  ASSERT_EQ(Uploads(), kStreamsMax);
  EXPECT_EQ(Upload(0).Records(), (Names{names[0]}));
  EXPECT_EQ(Upload(1).Records(), (Names{names[1]}));
  transport_.AnswerUpload(0, v1::VERDICT_COMMITTED);
  pump_->Send();
  RunPending();
  ASSERT_EQ(Uploads(), 3u);
  EXPECT_EQ(Upload(2).Records(), (Names{names[2]}));
}

TEST_F(UploadPumpTest, ATableIsSentOnceInASession) {
  AppendRecords(2);
  StartSending(SessionOfSmallStreams());
  Answer(0);
  Answer(1);
  Append(100);
  pump_->Send();
  Wake();
  ASSERT_EQ(Uploads(), 3u);
  EXPECT_EQ(Upload(0).Tables(), 1);
  EXPECT_EQ(Upload(1).Tables(), 1) << "the first was not answered yet";
  EXPECT_EQ(Upload(2).Tables(), 0);
}

TEST_F(UploadPumpTest, ARecordWhoseTablesHaveNoRoomGoesWithTheNextStream) {
  const Names names = AppendRecords(1);
  NewRecord other = Record(100);
  other.tables.front().id = TableId(kTableIdSize, 'u');
  const RecordName second = spool_->Append(other).name;
  PumpSession session = Session();
  session.bounds.tables = 1;
  StartSending(session);
  ASSERT_EQ(Uploads(), 2u);
  EXPECT_EQ(Upload(0).Records(), names);
  EXPECT_EQ(Upload(1).Records(), (Names{second}));
}

TEST_F(UploadPumpTest, NothingIsReadWhileItIsPaused) {
  AppendRecords(1);
  pump_->Start(Session());
  Wake();
  EXPECT_EQ(Uploads(), 0u);
  pump_->Send();
  pump_->Pause();
  RunPending();
  EXPECT_EQ(Uploads(), 0u) << "the record was being read";
}

TEST_F(UploadPumpTest, APauseEndsTheStreamThatIsOpen) {
  AppendRecords(1);
  StartSending();
  pump_->Pause();
  EXPECT_TRUE(Upload(0).ended);
  Answer(0);
  EXPECT_EQ(Unsettled(), Names());
}

TEST_F(UploadPumpTest, AnotherStoresCollectorIsSentNothing) {
  AppendRecords(1);
  PumpSession session = Session();
  session.sends_records = false;
  StartSending(session);
  pump_->Probe();
  Wake();
  EXPECT_EQ(Uploads(), 0u);
  StartSending();
  EXPECT_EQ(Uploads(), 1u) << "the next session's may be the right one";
}

TEST_F(UploadPumpTest, ADrainDoesNotWaitForAnotherStoresCollector) {
  AppendRecords(1);
  PumpSession session = Session();
  session.sends_records = false;
  StartSending(session);
  EXPECT_EQ(drained_, 0);
  pump_->Drain();
  pump_->Send();
  EXPECT_EQ(drained_, 1);
  EXPECT_EQ(Uploads(), 0u);
}

TEST_F(UploadPumpTest, AStopDropsTheStreamsAndTheNextSessionSendsTheirRecordsAgain) {
  const Names names = AppendRecords(1);
  StartSending();
  pump_->Stop();
  EXPECT_FALSE(Upload(0).open());
  Wake();
  EXPECT_EQ(Uploads(), 1u);
  StartSending();
  ASSERT_EQ(Uploads(), 2u);
  EXPECT_EQ(Upload(1).Records(), names);
}

TEST_F(UploadPumpTest, ItReopensTheSessionOnceTheStreamsAreAnswered) {
  AppendRecords(3);
  StartSending(SessionOfSmallStreams());
  pump_->Finish();
  EXPECT_EQ(reopened_, 0);
  EXPECT_FALSE(pump_->finished());
  Answer(0);
  pump_->Send();
  RunPending();
  EXPECT_EQ(Uploads(), 2u) << "nothing more is sent";
  Answer(1);
  EXPECT_TRUE(pump_->finished());
}

TEST_F(UploadPumpTest, WithNothingUnderWayItReopensTheSessionAtOnce) {
  StartSending();
  pump_->Finish();
  EXPECT_EQ(reopened_, 1);
}

TEST_F(UploadPumpTest, AFlushEndsTheStreamBehindWhatThereIs) {
  AppendRecords(1);
  StartSending();
  ASSERT_FALSE(Upload(0).ended);
  pump_->Flush();
  RunPending();
  EXPECT_TRUE(Upload(0).ended);
  Append(100);
  Wake();
  ASSERT_EQ(Uploads(), 2u);
  EXPECT_FALSE(Upload(1).ended) << "that was one flush";
}

TEST_F(UploadPumpTest, ADrainSendsEverythingAndSaysWhenItIsAnswered) {
  AppendRecords(2);
  StartSending(SessionOfSmallStreams());
  pump_->Drain();
  Answer(0);
  Answer(1);
  EXPECT_EQ(drained_, 0);
  pump_->Send();
  RunPending();
  EXPECT_EQ(drained_, 1);
}

TEST_F(UploadPumpTest, ADrainEndsEachStreamBehindWhatThereIs) {
  AppendRecords(1);
  pump_->Drain();
  StartSending();
  EXPECT_TRUE(Upload(0).ended);
}

TEST_F(UploadPumpTest, AProbeIsTheNewestRecordThatWasNotRejectedAlone) {
  const Names names = AppendRecords(3);
  StartSending(SessionOfSmallStreams());
  Answer(0);
  pump_->Send();
  RunPending();
  Answer(2, v1::VERDICT_REJECTED);
  pump_->Stop();
  pump_->Start(Session());
  pump_->Probe();
  RunPending();
  ASSERT_EQ(Uploads(), 4u);
  EXPECT_EQ(Upload(3).Records(), (Names{names[1]}));
  EXPECT_TRUE(Upload(3).ended);
  Wake();
  EXPECT_EQ(Uploads(), 4u);
}

TEST_F(UploadPumpTest, AStreamThatFailsIsReported) {
  AppendRecords(1);
  StartSending();
  transport_.CloseUpload(0, {.status = Error(StatusCode::kUnavailable, "gone")});
  ASSERT_EQ(failures_.size(), 1u);
  EXPECT_EQ(failures_[0].status.message(), "gone");
  EXPECT_EQ(answered_, 0);
}

TEST_F(UploadPumpTest, ARecordWithoutAVerdictIsAFailureWithTheCollectorsHint) {
  const Names names = AppendRecords(1);
  StartSending();
  transport_.CloseUpload(0, {.status = absl::OkStatus(), .retry_after = absl::Seconds(7)});
  ASSERT_EQ(failures_.size(), 1u);
  EXPECT_TRUE(absl::IsUnavailable(failures_[0].status));
  EXPECT_EQ(failures_[0].retry_after, absl::Seconds(7));
  EXPECT_EQ(Unsettled(), names);
}

TEST_F(UploadPumpTest, AStreamWithoutProgressIsAFailure) {
  AppendRecords(1);
  StartSending();
  scheduler_.RunFor(options_.stream_period + kReplyDeadline);
  ASSERT_EQ(failures_.size(), 1u);
  EXPECT_TRUE(absl::IsDeadlineExceeded(failures_[0].status));
}

TEST_F(UploadPumpTest, ACopyGoesFirstAndNeedsNoVerdict) {
  const Names rejected = AppendRecords(1);
  ASSERT_TRUE(spool_->CopyToQuarantine(rejected[0], QuarantineKind::kRejected).ok());
  spool_->AddSettled(rejected[0].run, {rejected[0].seq, rejected[0].seq});
  const Names names = AppendRecords(1);
  StartSending();
  EXPECT_EQ(Upload(0).Records(), (Names{rejected[0], names[0]}));
  v1::UploadMetricsResponse response;
  v1::RecordVerdict& answer = *response.add_verdicts();
  answer.set_run_id(names[0].run);
  answer.mutable_seqs()->set_first(names[0].seq);
  answer.mutable_seqs()->set_last(names[0].seq);
  answer.set_verdict(v1::VERDICT_COMMITTED);
  transport_.CloseUpload(0, {.status = absl::OkStatus()}, response);
  EXPECT_EQ(failures_.size(), 0u);
  EXPECT_EQ(answered_, 1);
}

TEST_F(UploadPumpTest, ARecordThatIsRejectedIsReportedAsCopiedByTheNextStream) {
  AppendRecords(1);
  StartSending();
  Answer(0, v1::VERDICT_REJECTED);
  Append(100);
  pump_->Send();
  Wake();
  ASSERT_EQ(Uploads(), 2u);
  EXPECT_EQ(Upload(1).messages.front().start().quarantined_size(), 1);
}

TEST_F(UploadPumpTest, ASpoolThatHasLostRecordsReopensTheSession) {
  const Names names = AppendRecords(1);
  StartSending();
  spool_->MarkDamaged(names[0]);
  Append(100);
  may_reopen_ = false;
  Wake();
  EXPECT_EQ(Upload(0).Records().size(), 2u) << "the session is too young: it continues";
  may_reopen_ = true;
  Append(100);
  Wake();
  EXPECT_TRUE(Upload(0).ended);
  EXPECT_EQ(reopened_, 0) << "a stream is under way";
  Answer(0);
  EXPECT_TRUE(pump_->finished());
}

TEST_F(UploadPumpTest, RunsThatTheRequestHadNoRoomForAreReportedByAnotherOnceTheRestIsSent) {
  AppendRecords(1);
  PumpSession session = Session();
  session.reports_all_runs = false;
  StartSending(session);
  scheduler_.RunFor(options_.stream_period);
  Answer(0);
  EXPECT_EQ(reopened_, 0);
  pump_->Send();
  RunPending();
  EXPECT_EQ(reopened_, 1);
}

TEST_F(UploadPumpTest, WhatTheDiskDidNotReadIsReadAgainInTheSameSession) {
  const Names names = AppendRecords(2, 700'000);  // each in a segment of its own
  may_reopen_ = false;
  disk_.set_unreadable(Path(0));
  StartSending();
  ASSERT_EQ(Uploads(), 1u);
  EXPECT_EQ(Upload(0).Records(), (Names{names[1]}));
  disk_.set_unreadable(Path(0), false);
  scheduler_.RunFor(kReadAgainAfter - absl::Seconds(1));
  Answer(0);
  Wake();
  EXPECT_EQ(Uploads(), 1u) << "not before its time";
  scheduler_.RunFor(absl::Seconds(1));
  Wake();
  ASSERT_EQ(Uploads(), 2u);
  EXPECT_EQ(Upload(1).Records(), (Names{names[0]}));
}

TEST_F(UploadPumpTest, AWakeUpBetweenTwoSessionsDoesNotReadAgainWhatTheNextHasListedAsUnread) {
  const Names names = AppendRecords(1);
  quarantine_->PrepareSession(Inventory());
  CopyOffers& copies = quarantine_->copies();
  copies.NoteUnread(names[0]);
  pump_->Start(Session());
  pump_->Stop();
  scheduler_.RunFor(kReadAgainAfter);
  pump_->Wake();
  EXPECT_TRUE(copies.has_unread()) << "the next session waits before it asks the disk again";
}

}  // namespace
}  // namespace godwit::agent
