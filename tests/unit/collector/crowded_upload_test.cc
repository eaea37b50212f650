// Upload streams of many devices beside each other: what a collector keeps of them is bounded.
#include <random>
#include <vector>

#include "bench/made_records.h"
#include "tests/unit/collector/upload_fixture.h"

namespace godwit::collector {
namespace {

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
      v1::UploadMetricsRequest message;
      v1::Table& added = *message.add_tables();
      added.set_table_id(TableIdOf(table));
      added.set_encoded(EncodeTable(table));
      *message.mutable_record() = bench::RecordOf(7, 0, bench::NoiseBatch(TableIdOf(table), 1, 1));
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
    const auto refusals = statistics_.Read(0, 0).refusals;
    const auto found = refusals.find(reason);
    return found == refusals.end() ? 0 : found->second;
  }

  std::vector<std::unique_ptr<Stream>> streams_;
};

TEST_F(CrowdedUploadTest, BeyondTheBudgetStreamsWaitAndEachRecordGetsItsVerdict) {
  for (auto& decoder : decoders_) decoder.SuspendFor(absl::Minutes(30));
  size_t sent = 0;
  // The second stream of a device that holds a message already.
  while (sent < 1000 && SendTo(Start(Cat("device-", sent / 2)), Unreadable())) ++sent;
  const uint64_t full = ingest_.received().bytes;
  EXPECT_GE(full, kReceivedBytesMin);
  EXPECT_LE(full, kReceivedBytesMin + 2 * (Unreadable().ByteSizeLong() + kMessageOverheadBytes));
  EXPECT_EQ(ingest_.received().waits, 1u);
  Stream& waiting = *streams_.back();
  scheduler_.RunFor(absl::Minutes(30));
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
  for (auto& decoder : decoders_) decoder.SuspendFor(absl::Minutes(30));
  Stream& stream = Start("dev");
  EXPECT_TRUE(SendTo(stream, Unreadable()));
  EXPECT_FALSE(SendTo(stream, Unreadable()));
  scheduler_.RunFor(absl::Minutes(30));
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
