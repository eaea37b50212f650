// What every Transport promises of sessions and uploads (transport_worlds.h).
#include <gtest/gtest.h>

#include "base/checksum.h"
#include "codec/batch_codec.h"
#include "tests/contract/transport_worlds.h"

namespace godwit {
namespace {

struct Observed final : agent::UploadObserver {
  int written = 0;
  std::optional<CallResult> closed;
  v1::UploadMetricsResponse response;

  void OnWritten() override { ++written; }
  void OnClosed(const CallResult& result, const v1::UploadMetricsResponse& answer) override {
    closed = result;
    response = answer;
  }
};

v1::UploadMetricsRequest Start(const std::string& token) {
  v1::UploadMetricsRequest message;
  message.mutable_start()->set_session_token(token);
  return message;
}

const std::string& EncodedTable() {
  static const std::string encoded = EncodeTable({.series = {{.name = "a"}}});
  return encoded;
}

TableId TableIdOfIt() {
  return TableIdOf({.series = {{.name = "a"}}});
}

v1::UploadMetricsRequest TableMessage() {
  v1::UploadMetricsRequest message;
  v1::Table& table = *message.add_tables();
  table.set_encoded(EncodedTable());
  table.set_table_id(TableIdOfIt());
  return message;
}

v1::UploadMetricsRequest RecordMessage(Seq seq) {
  Batch batch{.boot_id = BootId(kBootIdSize, 'b')};
  Block block{.table = TableIdOfIt(), .interval_ns = 1, .ticks = {{1, 0}}};
  block.columns.resize(1);
  block.columns[0].Append(static_cast<int64_t>(seq));
  batch.blocks.push_back(block);
  v1::UploadMetricsRequest message;
  v1::Record& record = *message.mutable_record();
  record.set_run_id(7);
  record.set_seq(seq);
  record.set_batch(*EncodeBatch(batch));
  record.set_checksum(Checksum(record.batch()));
  return message;
}

template <typename World>
class TransportContract : public TransportTest<World> {
 protected:
  void StartUpload(Observed& observed) {
    this->world_.loop().Post(
        [&] { stream_ = this->world_.transport().StartUpload(absl::Seconds(30), observed); });
    this->world_.RunUntil([&] { return stream_ != nullptr; });
  }

  void Write(Observed& observed, const v1::UploadMetricsRequest& message) {
    const int before = observed.written;
    this->world_.loop().Post([&] { stream_->Write(message); });
    this->world_.RunUntil([&] { return observed.written > before || observed.closed; });
  }

  void WriteLast(Observed& observed, const v1::UploadMetricsRequest& message) {
    this->world_.loop().Post([&] { stream_->WriteLast(message); });
    this->world_.RunUntil([&] { return observed.closed.has_value(); });
  }

  void DropStream() {
    this->world_.loop().Post([&] { stream_.reset(); });
    this->world_.RunUntil([&] { return stream_ == nullptr; });
  }

  std::unique_ptr<agent::UploadStream> stream_;
};
TYPED_TEST_SUITE(TransportContract, TransportWorlds);

TYPED_TEST(TransportContract, AStreamOfRecordsEndsWithAVerdictForEach) {
  const auto token = this->OpenSession();
  ASSERT_TRUE(token.ok()) << token.status();
  Observed observed;
  this->StartUpload(observed);
  this->Write(observed, Start(*token));
  this->Write(observed, TableMessage());
  for (Seq seq = 1; seq <= 20; ++seq) this->Write(observed, RecordMessage(seq));
  this->world_.loop().Post([this] { this->stream_->WritesDone(); });
  this->world_.RunUntil([&] { return observed.closed.has_value(); });
  EXPECT_TRUE(observed.closed->status.ok()) << observed.closed->status;
  ASSERT_EQ(observed.response.verdicts_size(), 1);
  const v1::RecordVerdict& verdict = observed.response.verdicts(0);
  EXPECT_EQ(verdict.verdict(), v1::VERDICT_COMMITTED);
  EXPECT_EQ(verdict.run_id(), 7u);
  EXPECT_EQ(verdict.seqs().first(), 1u);
  EXPECT_EQ(verdict.seqs().last(), 20u);
  this->DropStream();
}

TYPED_TEST(TransportContract, AWholeStreamMayBeOneMessage) {
  const auto token = this->OpenSession();
  ASSERT_TRUE(token.ok()) << token.status();
  Observed observed;
  this->StartUpload(observed);
  v1::UploadMetricsRequest all = Start(*token);
  all.MergeFrom(TableMessage());
  all.MergeFrom(RecordMessage(1));
  this->WriteLast(observed, all);
  EXPECT_TRUE(observed.closed->status.ok()) << observed.closed->status;
  EXPECT_EQ(observed.written, 0);
  ASSERT_EQ(observed.response.verdicts_size(), 1);
  EXPECT_EQ(observed.response.verdicts(0).verdict(), v1::VERDICT_COMMITTED);
  this->DropStream();
}

TYPED_TEST(TransportContract, AnEmptyMessageIsInvalid) {
  const auto token = this->OpenSession();
  Observed observed;
  this->StartUpload(observed);
  this->Write(observed, Start(*token));
  this->Write(observed, {});
  this->world_.RunUntil([&] { return observed.closed.has_value(); });
  EXPECT_TRUE(absl::IsInvalidArgument(observed.closed->status)) << observed.closed->status;
  this->DropStream();
}

TYPED_TEST(TransportContract, OfAMessageWithAnUnknownTokenNothingIsTaken) {
  ASSERT_TRUE(this->OpenSession().ok());
  Observed observed;
  this->StartUpload(observed);
  v1::UploadMetricsRequest all = Start("not a token");
  all.MergeFrom(TableMessage());
  all.MergeFrom(RecordMessage(1));
  this->WriteLast(observed, all);
  EXPECT_TRUE(absl::IsFailedPrecondition(observed.closed->status)) << observed.closed->status;
  EXPECT_EQ(observed.response.verdicts_size(), 0);
  this->DropStream();
}

TYPED_TEST(TransportContract, AnUnknownTokenIsFailedPrecondition) {
  ASSERT_TRUE(this->OpenSession().ok());
  Observed observed;
  this->StartUpload(observed);
  this->Write(observed, Start("not a token"));
  // Noticed without another write: the collector ended the call.
  this->world_.RunUntil([&] { return observed.closed.has_value(); });
  EXPECT_TRUE(absl::IsFailedPrecondition(observed.closed->status)) << observed.closed->status;
  this->DropStream();
}

TYPED_TEST(TransportContract, ADamagedRecordIsToBeSentAgainAndANonBatchIsRejected) {
  const auto token = this->OpenSession();
  Observed observed;
  this->StartUpload(observed);
  this->Write(observed, Start(*token));
  this->Write(observed, TableMessage());
  auto damaged = RecordMessage(1);
  damaged.mutable_record()->mutable_batch()->back() ^= 1;
  this->Write(observed, damaged);
  auto nonsense = RecordMessage(2);
  nonsense.mutable_record()->set_batch("nonsense");
  nonsense.mutable_record()->set_checksum(Checksum("nonsense"));
  this->Write(observed, nonsense);
  this->world_.loop().Post([this] { this->stream_->WritesDone(); });
  this->world_.RunUntil([&] { return observed.closed.has_value(); });
  ASSERT_EQ(observed.response.verdicts_size(), 2);
  EXPECT_EQ(observed.response.verdicts(0).verdict(), v1::VERDICT_RETRY);
  EXPECT_EQ(observed.response.verdicts(1).verdict(), v1::VERDICT_REJECTED);
  EXPECT_NE(observed.response.verdicts(1).reason(), "");
  this->DropStream();
}

TYPED_TEST(TransportContract, ARecordSentTwiceIsReportedAsADuplicate) {
  const auto token = this->OpenSession();
  Observed observed;
  this->StartUpload(observed);
  this->Write(observed, Start(*token));
  this->Write(observed, TableMessage());
  for (int times = 0; times < 2; ++times) this->Write(observed, RecordMessage(1));
  this->world_.loop().Post([this] { this->stream_->WritesDone(); });
  this->world_.RunUntil([&] { return observed.closed.has_value(); });
  ASSERT_EQ(observed.response.verdicts_size(), 2);
  EXPECT_EQ(observed.response.verdicts(0).verdict(), v1::VERDICT_COMMITTED);
  EXPECT_EQ(observed.response.verdicts(1).verdict(), v1::VERDICT_DUPLICATE);
  this->DropStream();
}

TYPED_TEST(TransportContract, TheLastMessageEndsTheStreamAndIsNotSaidToBeWritten) {
  const auto token = this->OpenSession();
  Observed observed;
  this->StartUpload(observed);
  this->Write(observed, Start(*token));
  this->Write(observed, TableMessage());
  this->WriteLast(observed, RecordMessage(1));
  EXPECT_TRUE(observed.closed->status.ok()) << observed.closed->status;
  EXPECT_EQ(observed.written, 2);
  ASSERT_EQ(observed.response.verdicts_size(), 1);
  EXPECT_EQ(observed.response.verdicts(0).verdict(), v1::VERDICT_COMMITTED);
  this->DropStream();
}

TYPED_TEST(TransportContract, WithoutACollectorACallIsUnavailable) {
  const auto token = this->OpenSession();
  Observed observed;
  this->StartUpload(observed);
  this->Write(observed, Start(*token));
  this->world_.CollectorDown();
  this->world_.RunUntil([&] { return observed.closed.has_value(); });
  EXPECT_FALSE(observed.closed->status.ok());
  EXPECT_TRUE(observed.closed->closed_by_peer) << observed.closed->status;
  this->DropStream();
  EXPECT_TRUE(absl::IsUnavailable(this->OpenSession().status()));
}

TYPED_TEST(TransportContract, ADroppedStreamIsSilent) {
  const auto token = this->OpenSession();
  Observed observed;
  this->StartUpload(observed);
  this->Write(observed, Start(*token));
  this->DropStream();
  // Another session's round trip: time enough for a callback that must not come.
  EXPECT_TRUE(this->OpenSession().ok());
  EXPECT_FALSE(observed.closed.has_value());
}

}  // namespace
}  // namespace godwit
