// What one upload stream writes, message by message.
#include "agent/uplink/outgoing_stream.h"

#include <gtest/gtest.h>

#include "agent/limits.h"
#include "tests/sim/sim_scheduler.h"
#include "tests/unit/agent/silent_transport.h"

namespace godwit::agent {
namespace {

using Messages = std::vector<v1::UploadMetricsRequest>;

// Takes each message, and keeps it.
class TakingStream final : public UploadStream {
 public:
  TakingStream(Executor& loop, UploadObserver& observer, Messages& taken)
      : loop_(loop), observer_(observer), taken_(taken) {}
  void Write(const v1::UploadMetricsRequest& message) override {
    taken_.push_back(message);
    loop_.Post([this] { observer_.OnWritten(); });
  }
  void WriteLast(const v1::UploadMetricsRequest& message) override { taken_.push_back(message); }
  void WritesDone() override {}

 private:
  Executor& loop_;
  UploadObserver& observer_;
  Messages& taken_;
};

// Takes uploads.
class TakingTransport final : public SilentTransport {
 public:
  Messages taken;
  UploadObserver* observer = nullptr;  // of the newest stream

  explicit TakingTransport(Executor& loop) : loop_(loop) {}
  std::unique_ptr<UploadStream> StartUpload(absl::Duration, UploadObserver& its) override {
    observer = &its;
    return std::make_unique<TakingStream>(loop_, its, taken);
  }

 private:
  Executor& loop_;
};

NextRecord RecordOf(size_t bytes) {
  NextRecord next{.name = {7, 1}, .tables = {v1::Table(), v1::Table()}};
  next.tables[0].set_table_id("a");
  next.tables[1].set_table_id("b");
  next.record.set_batch(std::string(bytes, 'x'));
  return next;
}

// What is written of a stream with one record of so many bytes and two tables.
Messages WrittenOf(size_t bytes, bool messages_join) {
  sim::SimScheduler scheduler(1);
  sim::SimExecutor loop(scheduler);
  TakingTransport transport(loop);
  OutgoingStream stream({.records = 64,
                         .tables = kStreamTablesMax,
                         .bytes = kStreamBytesMax,
                         .period = absl::Seconds(30),
                         .messages_join = messages_join},
                        loop, {.wants_more = [] {}});
  stream.Start(transport, "token", std::nullopt, {});
  stream.Send(RecordOf(bytes), true);
  scheduler.RunFor(absl::Seconds(1));
  return transport.taken;
}

TEST(OutgoingStreamTest, ASmallRecordGoesInOneMessageWithItsStartAndTables) {
  const Messages written = WrittenOf(5000, true);
  ASSERT_EQ(written.size(), 1u);
  EXPECT_EQ(written[0].start().session_token(), "token");
  EXPECT_EQ(written[0].tables_size(), 2);
  EXPECT_EQ(written[0].record().batch().size(), 5000u);
}

TEST(OutgoingStreamTest, ACollectorThatDoesNotSayThatTheyJoinGetsOneThingAMessage) {
  const Messages written = WrittenOf(5000, false);
  ASSERT_EQ(written.size(), 4u);
  for (const v1::UploadMetricsRequest& message : written) {
    EXPECT_EQ(message.has_start() + message.tables_size() + message.has_record(), 1);
  }
}

TEST(OutgoingStreamTest, ARecordThatWouldMakeAMessageLargeGoesInOneOfItsOwn) {
  const Messages written = WrittenOf(kJoinedBytesMax, true);
  ASSERT_EQ(written.size(), 2u);
  EXPECT_EQ(written[0].tables_size(), 2);
  EXPECT_FALSE(written[0].has_record());
  EXPECT_FALSE(written[1].has_start());
  EXPECT_EQ(written[1].record().batch().size(), kJoinedBytesMax);
}

TEST(OutgoingStreamTest, ARecordHasRoomUpToTheBoundOfTablesAndNotOneBeyond) {
  sim::SimScheduler scheduler(1);
  sim::SimExecutor loop(scheduler);
  TakingTransport transport(loop);
  OutgoingStream stream(
      {.records = 64, .tables = 4, .bytes = kStreamBytesMax, .period = absl::Seconds(30)}, loop,
      {.wants_more = [] {}});
  stream.Start(transport, "token", std::nullopt, {});
  NextRecord next = RecordOf(10);  // two tables
  stream.Send(RecordOf(10), false);
  scheduler.RunFor(absl::Seconds(1));
  EXPECT_TRUE(stream.HasRoomFor(next)) << "four";
  next.tables.emplace_back();
  EXPECT_FALSE(stream.HasRoomFor(next)) << "five";
  next.tables.clear();
  EXPECT_TRUE(stream.HasRoomFor(next));
}

// After how many minutes a stream counts as stalled whose link moves for so many; -1: it does not.
int StalledAfter(int minutes_of_progress) {
  sim::SimScheduler scheduler(1);
  sim::SimExecutor loop(scheduler);
  TakingTransport transport(loop);
  bool stalled = false;
  OutgoingStream stream(
      {.records = 64, .bytes = kStreamBytesMax, .period = absl::Seconds(30), .messages_join = true},
      loop, {.wants_more = [] {}, .stalled = [&stalled] { stalled = true; }});
  stream.Start(transport, "token", std::nullopt, {});
  stream.Send(RecordOf(5000), true);
  for (int minute = 1; minute <= 60; ++minute) {
    scheduler.RunFor(absl::Minutes(1));
    if (stalled) return minute;
    if (minute <= minutes_of_progress) transport.observer->OnProgress();
  }
  return -1;
}

TEST(OutgoingStreamTest, AReplyIsAwaitedForItsDeadlineAfterTheLastProgress) {
  EXPECT_EQ(StalledAfter(0), 2);
  EXPECT_EQ(StalledAfter(20), 22);
}

}  // namespace
}  // namespace godwit::agent
