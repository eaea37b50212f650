// What a collector refuses of one upload stream, at each bound and one beyond it.
#include "tests/unit/collector/upload_fixture.h"

namespace godwit::collector {
namespace {

TEST_F(UploadSessionTest, AStreamBringsAsManyTablesAsItsBoundAndNotOneMore) {
  for (const size_t more : {0, 1}) {
    peer_ = {};
    Open();
    for (size_t i = 0; i < kStreamTablesMax + more; ++i) Send(TableMessage(i));
    EXPECT_EQ(End().code(), more == 0 ? StatusCode::kOk : StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(Message(*peer_.ended), "a table before the start message, or more than 256");
}

TEST_F(UploadSessionTest, WhileTheDiskIsFullASessionIsToComeAgainAtAMomentOfItsOwn) {
  room_ = false;
  v1::OpenSessionRequest request;
  request.set_device_id("dev");
  request.set_boot_id(BootId(kBootIdSize, 'b'));
  std::vector<CallEnd> ends;
  for (int i = 0; i < 2; ++i) {
    ingest_.OpenSession(request, absl::UnixEpoch(),
                        [&](const CallEnd& end, const auto&) { ends.push_back(end); });
  }
  scheduler_.RunFor(absl::Seconds(1));
  ASSERT_EQ(ends.size(), 2u);
  for (const CallEnd& end : ends) {
    EXPECT_TRUE(absl::IsUnavailable(end.status));
    EXPECT_NE(Message(end.status).find("store.reserve_free"), std::string::npos);
    EXPECT_TRUE(IsBusyHint(end.retry_after));
  }
  EXPECT_NE(ends[0].retry_after, ends[1].retry_after);
  EXPECT_TRUE(store_.Devices()->empty());
}

TEST_F(UploadSessionTest, ADeviceBeyondTheBoundOfTheStoreIsRefusedForAnHourAndCounted) {
  for (int64_t i = 0; i < kDevicesMax; ++i) {
    ASSERT_TRUE(store_.OpenSession({.device = {.device_id = Cat("device-", i)}}).ok());
  }
  v1::OpenSessionRequest request;
  request.set_device_id("one more");
  request.set_boot_id(BootId(kBootIdSize, 'b'));
  std::optional<CallEnd> refused;
  ingest_.OpenSession(request, absl::UnixEpoch(),
                      [&](const CallEnd& end, const auto&) { refused = end; });
  scheduler_.RunFor(absl::Seconds(1));
  ASSERT_TRUE(refused);
  EXPECT_TRUE(absl::IsResourceExhausted(refused->status)) << refused->status;
  EXPECT_EQ(refused->retry_after, kTooManyDevicesRetry);
  EXPECT_EQ(statistics_.Read(0, 0).refusals.at("too many devices"), 1u);
}

// A stream of a device that is slowed ends behind the record that has to wait: what comes behind it
// would be sent again, too.
TEST_F(UploadSessionTest, ARecordWithTooManyNewTablesIsToComeAgainAndEndsItsStream) {
  Open();
  for (const size_t count : {kNewTablesMax, uint64_t{1}}) {
    Delivery before{.device_id = "dev"};
    for (size_t i = 0; i < count; ++i) before.tables.push_back({Cat("table ", count, " ", i), ""});
    ASSERT_TRUE(store_.Commit({before}, absl::ToUnixNanos(clock_.Wall())).ok());
  }
  Send(RecordMessage(1));
  Send(TableMessage(1));
  Send(RecordMessage(2));
  scheduler_.RunFor(absl::Seconds(1));
  ASSERT_TRUE(peer_.ended);
  EXPECT_TRUE(peer_.ended->ok()) << *peer_.ended;
  EXPECT_EQ(peer_.retry_after, 2 * kNewTablesPause);
  ASSERT_EQ(peer_.response.verdicts_size(), 2);
  EXPECT_EQ(peer_.response.verdicts(0).verdict(), v1::VERDICT_COMMITTED);
  EXPECT_EQ(peer_.response.verdicts(1).verdict(), v1::VERDICT_RETRY);
  EXPECT_NE(peer_.response.verdicts(1).reason().find("too many new tables"), std::string::npos);
  EXPECT_EQ(statistics_.Read(0, 0).refusals.at("too many tables"), 1u);
}

TEST_F(UploadSessionTest, ASessionOfADeviceWithTooManyNewBootsIsToComeAgain) {
  std::optional<CallEnd> end;
  for (uint64_t i = 0; i < kNewBootsMax + 2; ++i) {
    v1::OpenSessionRequest request;
    request.set_device_id("dev");
    std::string boot = Cat("boot ", i);
    boot.resize(kBootIdSize);
    request.set_boot_id(boot);
    ingest_.OpenSession(request, absl::UnixEpoch(),
                        [&](const CallEnd& answer, const auto&) { end = answer; });
  }
  scheduler_.RunFor(absl::Seconds(1));
  ASSERT_TRUE(end);
  EXPECT_TRUE(absl::IsUnavailable(end->status)) << end->status;
  EXPECT_EQ(end->retry_after, kNewBootsPause);
  EXPECT_EQ(statistics_.Read(0, 0).refusals.at("too many boots"), 1u);
}

TEST_F(UploadSessionTest, AStreamThatFindsTheQueueFullIsToComeAgain) {
  Open();
  scheduler_.RunFor(absl::Seconds(1));
  writer_executor_.SuspendFor(absl::Seconds(10));
  writer_.Write<Status>(
      kQueueBytesMax, [](Store&, int64_t) { return absl::OkStatus(); }, [](const Status&) {});
  ASSERT_TRUE(std::exchange(peer_.wants_next, false));
  sink_->Message(RecordMessage(1));
  scheduler_.RunFor(absl::Seconds(1));
  ASSERT_TRUE(peer_.ended);
  EXPECT_TRUE(absl::IsUnavailable(*peer_.ended));
  EXPECT_TRUE(IsBusyHint(peer_.retry_after));
}

// Of each window the last record ends the wait, and so does the end of a stream that had one.
TEST_F(UploadSessionTest, ADeviceThatCatchesUpWaitsForNobodyElse) {
  writer_.GatherFor(absl::Hours(1));
  Open();
  for (Seq seq = 1; seq <= kStreamUncommittedMax + 3; ++seq) Send(RecordMessage(seq));
  EXPECT_TRUE(End().ok());
  EXPECT_NE(store_.Find({7, kStreamUncommittedMax + 3}), nullptr);
}

TEST_F(UploadSessionTest, ARecordBehindAnotherDevicesIsGathered) {
  writer_.GatherFor(absl::Seconds(10));
  Open();  // which is a group
  Send(RecordMessage(1));
  sink_->HalfClose();
  scheduler_.RunFor(absl::Seconds(5));
  EXPECT_FALSE(peer_.ended.has_value());
  scheduler_.RunFor(absl::Seconds(6));
  EXPECT_TRUE(peer_.ended.value_or(Error(StatusCode::kInternal, "no end")).ok());
}

TEST_F(UploadSessionTest, AStreamBringsAsManyRecordsAsItsBoundAndNotOneMore) {
  for (const size_t more : {0, 1}) {
    peer_ = {};
    Open();
    for (size_t i = 0; i < kStreamRecordsMax + more; ++i) Send(RecordMessage(i + 1));
    EXPECT_EQ(End().code(), more == 0 ? StatusCode::kOk : StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(Message(*peer_.ended), "a record before the start message, or more than 256");
}

}  // namespace
}  // namespace godwit::collector
