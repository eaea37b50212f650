// What a collector refuses of one upload stream, at each bound and one beyond it.
#include "collector/ingest/upload_session.h"

#include <gtest/gtest.h>

#include "base/checksum.h"
#include "base/text.h"
#include "codec/batch_codec.h"
#include "collector/limits.h"
#include "tests/sim/memory_store.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::collector {
namespace {

// Sends what the test says, as soon as there is room, and keeps the end.
class ScriptedPeer final : public UploadPeer {
 public:
  void Next() override { wants_next = true; }
  void Finish(const CallEnd& end, const v1::UploadMetricsResponse&) override {
    ended = end.status;
    retry_after = end.retry_after;
  }
  bool wants_next = false;
  std::optional<Status> ended;
  std::optional<absl::Duration> retry_after;
};

class UploadSessionTest : public testing::Test {
 protected:
  ~UploadSessionTest() override {
    sink_.reset();
    scheduler_.RunFor(absl::Seconds(1));
  }
  // A session, and a stream that has said so.
  void Open() {
    v1::OpenSessionRequest request;
    request.set_device_id("dev");
    request.set_boot_id(BootId(kBootIdSize, 'b'));
    std::string token;
    ingest_.OpenSession(request, absl::UnixEpoch(),
                        [&](const CallEnd& end, const v1::OpenSessionResponse& response) {
                          EXPECT_TRUE(end.status.ok()) << end.status;
                          token = response.session_token();
                        });
    scheduler_.RunFor(absl::Seconds(1));
    sink_ = ingest_.NewStream(peer_);
    sink_->Open();
    v1::UploadMetricsRequest start;
    start.mutable_start()->set_session_token(token);
    Send(start);
  }
  void Send(const v1::UploadMetricsRequest& message) {
    if (peer_.ended) return;
    scheduler_.RunFor(absl::Seconds(1));
    ASSERT_TRUE(std::exchange(peer_.wants_next, false));
    sink_->Message(message);
  }
  v1::UploadMetricsRequest TableMessage(size_t number) {
    const Table table{.series = {{.name = Cat("series.", number)}}};
    v1::UploadMetricsRequest message;
    v1::Table& added = *message.add_tables();
    added.set_table_id(TableIdOf(table));
    added.set_encoded(EncodeTable(table));
    return message;
  }
  v1::UploadMetricsRequest RecordMessage(Seq seq) {
    v1::UploadMetricsRequest message;
    v1::Record& record = *message.mutable_record();
    record.set_run_id(7);
    record.set_seq(seq);
    record.set_batch(*EncodeBatch({.boot_id = BootId(kBootIdSize, 'b')}));
    record.set_checksum(Checksum(record.batch()));
    return message;
  }
  Status End() {
    if (!peer_.ended) sink_->HalfClose();
    scheduler_.RunFor(absl::Seconds(1));
    return peer_.ended.value_or(Error(StatusCode::kInternal, "it has not ended"));
  }

  sim::SimScheduler scheduler_{1};
  sim::SimExecutor executor_{scheduler_};
  sim::SimExecutor writer_executor_{scheduler_};
  sim::SimClock clock_{scheduler_};
  sim::SimRandom random_{scheduler_};
  sim::MemoryStore store_{"0123456789abcdef"};
  Figures figures_;
  bool room_ = true;
  Writer writer_{store_, writer_executor_, clock_, figures_, [this] { return room_; }};
  Ingest ingest_{writer_, store_.store_id(), figures_, Ingest::World{clock_, executor_, random_}};
  ScriptedPeer peer_;
  std::unique_ptr<UploadSink> sink_;
};

TEST_F(UploadSessionTest, AStreamBringsAsManyTablesAsItsBoundAndNotOneMore) {
  for (const size_t more : {0, 1}) {
    peer_ = {};
    Open();
    for (size_t i = 0; i < kStreamTablesMax + more; ++i) Send(TableMessage(i));
    EXPECT_EQ(End().code(), more == 0 ? StatusCode::kOk : StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(Message(*peer_.ended), "a table before the start message, or more than 256");
}

bool IsBusyHint(std::optional<absl::Duration> hint) {
  return hint && *hint >= kBusyRetryMin && *hint < kBusyRetryMax;
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
  EXPECT_EQ(figures_.Read(0, 0).refusals.at("too many devices"), 1u);
}

TEST_F(UploadSessionTest, AStreamThatFindsTheQueueFullIsToComeAgain) {
  Open();
  scheduler_.RunFor(absl::Seconds(1));
  writer_.Write<Status>(
      kQueueBytesMax, [](Store&, int64_t) { return absl::OkStatus(); }, [](const Status&) {});
  ASSERT_TRUE(std::exchange(peer_.wants_next, false));
  sink_->Message(RecordMessage(1));
  scheduler_.RunFor(absl::Seconds(1));
  ASSERT_TRUE(peer_.ended);
  EXPECT_TRUE(absl::IsUnavailable(*peer_.ended));
  EXPECT_TRUE(IsBusyHint(peer_.retry_after));
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
