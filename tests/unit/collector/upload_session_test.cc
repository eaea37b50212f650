// What a collector refuses of one upload stream, at each bound and one beyond it.
#include "collector/ingest/upload_session.h"

#include <gtest/gtest.h>

#include <random>

#include "base/checksum.h"
#include "base/text.h"
#include "codec/batch_codec.h"
#include "collector/ingest/ingest_limits.h"
#include "tests/sim/memory_store.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::collector {
namespace {

// Sends what the test says, as soon as there is room, and keeps the end.
class ScriptedPeer final : public UploadPeer {
 public:
  void Next() override { wants_next = true; }
  void Finish(const CallEnd& end, const v1::UploadMetricsResponse& reply) override {
    ended = end.status;
    retry_after = end.retry_after;
    response = reply;
  }
  bool wants_next = false;
  std::optional<Status> ended;
  std::optional<absl::Duration> retry_after;
  v1::UploadMetricsResponse response;
};

constexpr ByteCount kReceivedBytesOfTest = kReceivedBytesMin;

class UploadSessionTest : public testing::Test {
 protected:
  ~UploadSessionTest() override {
    sink_.reset();
    scheduler_.RunFor(absl::Seconds(1));
    EXPECT_EQ(ingest_.received().bytes, 0u) << "what is decided is charged no more";
  }
  std::string Token(const std::string& device = "dev") {
    v1::OpenSessionRequest request;
    request.set_device_id(device);
    request.set_boot_id(BootId(kBootIdSize, 'b'));
    std::string token;
    ingest_.OpenSession(request, absl::UnixEpoch(),
                        [&](const CallEnd& end, const v1::OpenSessionResponse& response) {
                          EXPECT_TRUE(end.status.ok()) << end.status;
                          token = response.session_token();
                        });
    scheduler_.RunFor(absl::Seconds(1));
    return token;
  }
  // A session, and a stream that has said so.
  void Open() {
    const std::string token = Token();
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
  sim::SimExecutor decoders_[2] = {sim::SimExecutor(scheduler_), sim::SimExecutor(scheduler_)};
  Ingest ingest_{
      writer_, store_.store_id(), figures_,
      Ingest::World{
          clock_, executor_, random_, {&decoders_[0], &decoders_[1]}, kReceivedBytesOfTest}};
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

// A stream of a device that is slowed ends behind the record that has to wait: what comes behind it
// would be sent again, too.
TEST_F(UploadSessionTest, ARecordWithTooManyNewTablesIsToComeAgainAndEndsItsStream) {
  Open();
  size_t table = 0;
  for (Seq seq = 1; !peer_.ended; ++seq) {
    ASSERT_LT(seq, 10u);
    for (int i = 0; i < 50 && !peer_.ended; ++i) Send(TableMessage(++table));
    Send(RecordMessage(seq));
    scheduler_.RunFor(absl::Milliseconds(1));
  }
  EXPECT_TRUE(peer_.ended->ok()) << *peer_.ended;
  EXPECT_EQ(peer_.retry_after, 2 * kNewTablesPause);
  ASSERT_EQ(peer_.response.verdicts_size(), 2);
  EXPECT_EQ(peer_.response.verdicts(0).verdict(), v1::VERDICT_COMMITTED);
  EXPECT_EQ(peer_.response.verdicts(1).verdict(), v1::VERDICT_RETRY);
  EXPECT_NE(peer_.response.verdicts(1).reason().find("too many new tables"), std::string::npos);
  EXPECT_EQ(figures_.Read(0, 0).refusals.at("too many tables"), 1u);
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
  EXPECT_EQ(figures_.Read(0, 0).refusals.at("too many boots"), 1u);
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

// Streams of several devices beside each other, and messages of a size.
class CrowdedUploadTest : public UploadSessionTest {
 protected:
  ~CrowdedUploadTest() override { streams_.clear(); }

  struct Stream {
    ScriptedPeer peer;
    std::unique_ptr<UploadSink> sink;
  };
  Stream& Start(const std::string& device) {
    const std::string token = Token(device);
    Stream& stream = *streams_.emplace_back(std::make_unique<Stream>());
    stream.sink = ingest_.NewStream(stream.peer);
    stream.sink->Open();
    v1::UploadMetricsRequest start;
    start.mutable_start()->set_session_token(token);
    EXPECT_TRUE(SendTo(stream, start));
    return stream;
  }
  // False: the stream is not read.
  bool SendTo(Stream& stream, v1::UploadMetricsRequest message) {
    scheduler_.RunFor(absl::Seconds(1));
    if (!std::exchange(stream.peer.wants_next, false)) return false;
    stream.sink->Message(std::move(message));
    scheduler_.RunFor(absl::Milliseconds(1));
    return true;
  }
  // A record of some 430 kB with its table.
  static v1::UploadMetricsRequest LargeRecord(Seq seq) {
    static const v1::UploadMetricsRequest made = [] {
      const Table table{.series = {{.name = "noise"}}};
      Block block{.table = TableIdOf(table), .interval_ns = 1};
      block.columns.resize(1);
      std::mt19937_64 random(1);
      for (size_t i = 0; i < kBlockTicksMax; ++i) {
        block.ticks.push_back({static_cast<int64_t>(i + 1), 0});
        block.columns[0].Append(1 + static_cast<double>(random() >> 12) / (int64_t{1} << 52));
      }
      v1::UploadMetricsRequest message;
      v1::Table& added = *message.add_tables();
      added.set_table_id(TableIdOf(table));
      added.set_encoded(EncodeTable(table));
      v1::Record& record = *message.mutable_record();
      record.set_run_id(7);
      record.set_batch(
          *EncodeBatch({.boot_id = BootId(kBootIdSize, 'b'), .blocks = {std::move(block)}}));
      record.set_checksum(Checksum(record.batch()));
      return message;
    }();
    v1::UploadMetricsRequest message = made;
    message.mutable_record()->set_seq(seq);
    return message;
  }
  // As large, of a batch that no collector reads.
  static v1::UploadMetricsRequest Unreadable() {
    v1::UploadMetricsRequest message;
    v1::Record& record = *message.mutable_record();
    record.set_run_id(7);
    record.set_seq(1);
    record.set_batch(std::string(430'000, 'x'));
    record.set_checksum(Checksum(record.batch()));
    return message;
  }
  // A table of some 500 kB.
  static v1::UploadMetricsRequest LargeTable(size_t number) {
    std::mt19937_64 random(number);
    Table table;
    for (size_t i = 0; i < kTableSeriesMax; ++i) {
      std::string& name = table.series.emplace_back().name;
      while (name.size() < 160) name += static_cast<char>('0' + random() % 64);
    }
    v1::UploadMetricsRequest message;
    v1::Table& added = *message.add_tables();
    added.set_table_id(TableIdOf(table));
    added.set_encoded(EncodeTable(table));
    return message;
  }
  uint64_t Refusals(const std::string& reason) {
    const auto refusals = figures_.Read(0, 0).refusals;
    const auto found = refusals.find(reason);
    return found == refusals.end() ? 0 : found->second;
  }

  std::vector<std::unique_ptr<Stream>> streams_;
};

TEST_F(CrowdedUploadTest, BeyondTheBudgetStreamsWaitAndEachRecordGetsItsVerdict) {
  for (auto& decoder : decoders_) decoder.SuspendFor(absl::Hours(1));
  size_t sent = 0;
  // The second stream of a device that holds a message already.
  while (sent < 1000 && SendTo(Start(Cat("device-", sent / 2)), Unreadable())) ++sent;
  const uint64_t full = ingest_.received().bytes;
  EXPECT_GE(full, kReceivedBytesMin);
  EXPECT_LE(full, kReceivedBytesMin + 2 * (Unreadable().ByteSizeLong() + kMessageOverheadBytes));
  EXPECT_EQ(ingest_.received().waits, 1u);
  Stream& waiting = *streams_.back();
  scheduler_.RunFor(absl::Hours(1));
  EXPECT_TRUE(SendTo(waiting, Unreadable()));
  EXPECT_EQ(streams_.size(), sent + 1);
  for (const auto& stream : streams_) {
    stream->sink->HalfClose();
    scheduler_.RunFor(absl::Milliseconds(1));
    ASSERT_TRUE(stream->peer.ended && stream->peer.ended->ok());
    EXPECT_EQ(stream->peer.response.verdicts_size(), 1);
  }
  EXPECT_EQ(Refusals("received full"), 0u);
}

TEST_F(CrowdedUploadTest, OneStreamHasOneMessageAtMostThatWaitsToBeDecoded) {
  for (auto& decoder : decoders_) decoder.SuspendFor(absl::Hours(1));
  Stream& stream = Start("dev");
  EXPECT_TRUE(SendTo(stream, Unreadable()));
  EXPECT_FALSE(SendTo(stream, Unreadable()));
  scheduler_.RunFor(absl::Hours(1));
  EXPECT_TRUE(SendTo(stream, Unreadable()));
}

TEST_F(CrowdedUploadTest, OfTooManyTablesThatWaitTheDeviceWithMostLosesTheStreamWithMost) {
  Stream& small = Start("small");
  ASSERT_TRUE(SendTo(small, TableMessage(1)));
  Stream& less = Start("greedy");
  Stream& most = Start("greedy");
  size_t number = 0;
  ASSERT_TRUE(SendTo(less, LargeTable(++number)));
  while (!most.peer.ended && number < 100) ASSERT_TRUE(SendTo(most, LargeTable(++number)));
  ASSERT_TRUE(most.peer.ended);
  EXPECT_TRUE(absl::IsUnavailable(*most.peer.ended)) << *most.peer.ended;
  EXPECT_TRUE(IsBusyHint(most.peer.retry_after));
  EXPECT_FALSE(less.peer.ended || small.peer.ended);
  EXPECT_EQ(Refusals("tables without a record"), 1u);
  EXPECT_GT(number * LargeTable(1).ByteSizeLong(), kReceivedBytesMin / 4);
  EXPECT_LT(ingest_.received().bytes, kReceivedBytesMin / 4);
}

TEST_F(CrowdedUploadTest, WhatWasReceivedOfAStreamThatIsGoneIsCommittedAllTheSame) {
  Stream& stream = Start("dev");
  for (auto& decoder : decoders_) decoder.SuspendFor(absl::Seconds(10));
  ASSERT_TRUE(SendTo(stream, TableMessage(1)));
  stream.sink.reset();
  Stream& next = Start("dev");
  ASSERT_TRUE(SendTo(next, LargeRecord(1)));
  next.sink->Cancel();
  next.sink.reset();
  EXPECT_TRUE(store_.Records().empty());
  scheduler_.RunFor(absl::Seconds(20));
  EXPECT_EQ(store_.Records().size(), 1u);
}

TEST_F(CrowdedUploadTest, ACollectorThatStopsGivesVerdictsForWhatItIsDecoding) {
  Stream& stream = Start("dev");
  for (auto& decoder : decoders_) decoder.SuspendFor(absl::Seconds(10));
  ASSERT_TRUE(SendTo(stream, LargeRecord(1)));
  ingest_.Stop();
  EXPECT_FALSE(stream.peer.ended);
  scheduler_.RunFor(absl::Seconds(20));
  ASSERT_TRUE(stream.peer.ended && stream.peer.ended->ok());
  ASSERT_EQ(stream.peer.response.verdicts_size(), 1);
  EXPECT_EQ(stream.peer.response.verdicts(0).verdict(), v1::VERDICT_COMMITTED);
}

TEST_F(CrowdedUploadTest, ACallThatFindsTheBudgetFullIsToComeAgain) {
  std::vector<size_t> taken;
  std::optional<CallEnd> refused;
  while (!refused && taken.size() < 100) {
    refused = ingest_.EnterCall(kMessageBytesMax);
    if (!refused) taken.push_back(kMessageBytesMax);
  }
  ASSERT_TRUE(refused);
  EXPECT_TRUE(absl::IsUnavailable(refused->status));
  EXPECT_TRUE(IsBusyHint(refused->retry_after));
  EXPECT_EQ(Refusals("received full"), 1u);
  EXPECT_FALSE(ingest_.EnterCall(1000)) << "large calls leave room for small ones";
  taken.push_back(1000);
  for (const size_t bytes : taken) ingest_.LeaveCall(bytes);
}

}  // namespace
}  // namespace godwit::collector
