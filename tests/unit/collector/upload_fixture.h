// An upload stream of a simulated collector, and short words for what tests do with it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/checksum.h"
#include "base/text.h"
#include "bench/made_records.h"
#include "codec/batch_codec.h"
#include "collector/ingest/ingest_limits.h"
#include "collector/ingest/upload_session.h"
#include "collector/limits.h"
#include "tests/sim/memory_store.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::collector {

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

inline constexpr ByteCount kReceivedBytesOfTest = kReceivedBytesMin;

class UploadSessionTest : public testing::Test {
 protected:
  ~UploadSessionTest() override {
    sink_.reset();
    scheduler_.RunFor(absl::Seconds(1));
    EXPECT_EQ(ingest_.received().bytes, 0u) << "what is decided is charged no more";
  }
  // Opens a session and returns its token.
  std::string Token(const std::string& device = "dev") {
    v1::OpenSessionRequest request;
    request.set_device_id(device);
    request.set_boot_id(BootId(kBootIdSize, 'b'));
    ingest_.OpenSession(request, absl::UnixEpoch(),
                        [&](const CallEnd& end, const v1::OpenSessionResponse& response) {
                          EXPECT_TRUE(end.status.ok()) << end.status;
                          token_ = response.session_token();
                        });
    scheduler_.RunFor(absl::Seconds(1));
    return token_;
  }
  // A session, and a stream that has said so.
  void Open(const std::string& device = "dev") {
    Token(device);
    sink_ = ingest_.NewStream(peer_);
    sink_->Open();
    v1::UploadMetricsRequest start;
    start.mutable_start()->set_session_token(token_);
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
    *message.mutable_record() =
        bench::RecordOf(7, seq, *EncodeBatch({.boot_id = BootId(kBootIdSize, 'b')}));
    return message;
  }
  v1::UploadMetricsRequest BadRecordMessage(Seq seq) {
    v1::UploadMetricsRequest message = RecordMessage(seq);
    message.mutable_record()->set_batch("no batch");
    message.mutable_record()->set_checksum(Checksum("no batch"));
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
  Statistics statistics_;
  bool room_ = true;
  Writer writer_{store_, writer_executor_, clock_, statistics_, [this] { return room_; }};
  sim::SimExecutor decoders_[2] = {sim::SimExecutor(scheduler_), sim::SimExecutor(scheduler_)};
  Ingest ingest_{
      writer_, store_.store_id(), statistics_,
      Ingest::Dependencies{
          clock_, executor_, random_, {&decoders_[0], &decoders_[1]}, kReceivedBytesOfTest}};
  ScriptedPeer peer_;
  std::unique_ptr<UploadSink> sink_;
  std::string token_;
};

inline bool IsBusyHint(std::optional<absl::Duration> hint) {
  return hint && *hint >= kBusyRetryMin && *hint < kBusyRetryMax;
}

}  // namespace godwit::collector
