// Streams that never end, or that the collector ends because it stops; devices that fill the log.
#include <algorithm>

#include "base/log.h"
#include "base/log_limiter.h"
#include "tests/unit/collector/upload_fixture.h"

namespace godwit::collector {
namespace {

TEST_F(UploadSessionTest, AStreamThatNeverEndsGetsVerdictsForWhatItBroughtAndEnds) {
  Open();
  Send(RecordMessage(1));
  Send(TableMessage(1));  // and then nothing, nor a half-close
  scheduler_.RunFor(kUploadLifeMax - absl::Minutes(1));
  EXPECT_FALSE(peer_.ended);
  scheduler_.RunFor(absl::Minutes(2));
  ASSERT_TRUE(peer_.ended);
  EXPECT_TRUE(peer_.ended->ok()) << *peer_.ended;
  ASSERT_EQ(peer_.response.verdicts_size(), 1);
  EXPECT_EQ(peer_.response.verdicts(0).verdict(), v1::VERDICT_COMMITTED);
  EXPECT_EQ(statistics_.Read(0, 0).refusals.at("upload open too long"), 1u);
}

TEST_F(UploadSessionTest, AStreamThatEndsInTimeIsNotCountedLater) {
  Open();
  Send(RecordMessage(1));
  EXPECT_TRUE(End().ok());
  sink_.reset();
  scheduler_.RunFor(2 * kUploadLifeMax);
  EXPECT_TRUE(statistics_.Read(0, 0).refusals.empty());
}

TEST_F(UploadSessionTest, ADeviceThatFloodsTheLogHidesNoOtherAndFillsNothing) {
  StartLog("test", LogLevel::kInfo);
  testing::internal::CaptureStderr();
  Open("flood");
  for (Seq seq = 1; seq <= kStreamRecordsMax; ++seq) Send(BadRecordMessage(seq));
  EXPECT_TRUE(End().ok());
  sink_.reset();
  peer_ = {};
  Open("other");
  Send(BadRecordMessage(1));
  EXPECT_TRUE(End().ok());
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("device other: record"), std::string::npos) << log;
  const auto lines = static_cast<uint64_t>(std::count(log.begin(), log.end(), '\n'));
  EXPECT_EQ(lines, kLogLinesPerSubjectMax + 1) << log;
}

// Sends nothing and keeps the end.
class SilentReceiver final : public CommandPeer {
 public:
  void Send(const v1::ReceiveCommandsResponse&) override {}
  void Finish(const CallEnd& end) override { ended = end.status; }
  std::optional<Status> ended;
};

TEST_F(UploadSessionTest, ACommandStreamThatNeverEndsIsToBeOpenedAnew) {
  Open();
  SilentReceiver receiver;
  v1::ReceiveCommandsRequest request;
  request.set_session_token(token_);
  auto stream = ingest_.NewCommandStream(receiver, request);
  stream->Open();
  scheduler_.RunFor(kCommandStreamLifeMax - absl::Minutes(1));
  EXPECT_FALSE(receiver.ended);
  scheduler_.RunFor(absl::Minutes(2));
  ASSERT_TRUE(receiver.ended);
  EXPECT_TRUE(absl::IsUnavailable(*receiver.ended)) << *receiver.ended;
  stream.reset();
  scheduler_.RunFor(absl::Seconds(1));
}

TEST_F(UploadSessionTest, AStopSaysWhenTheLastStreamHasGone) {
  Open();
  Send(RecordMessage(1));
  SilentReceiver receiver;
  v1::ReceiveCommandsRequest request;
  request.set_session_token(token_);
  auto commands = ingest_.NewCommandStream(receiver, request);
  commands->Open();
  int ended = 0;
  ingest_.Stop([&] { ++ended; });
  scheduler_.RunFor(absl::Seconds(1));
  ASSERT_TRUE(peer_.ended);
  EXPECT_TRUE(peer_.ended->ok()) << "with its verdicts: " << *peer_.ended;
  EXPECT_EQ(receiver.ended, std::nullopt) << "the verdicts are not there yet";
  sink_.reset();
  ASSERT_TRUE(receiver.ended);
  EXPECT_TRUE(absl::IsUnavailable(*receiver.ended)) << *receiver.ended;
  EXPECT_EQ(ended, 0);
  commands.reset();
  EXPECT_EQ(ended, 1);
}

TEST_F(UploadSessionTest, ACallThatComesWhileItStopsIsToComeAgain) {
  int ended = 0;
  ingest_.Stop([&] { ++ended; });
  EXPECT_EQ(ended, 1) << "there is no stream";
  const auto refused = ingest_.EnterCall(100);
  ASSERT_TRUE(refused);
  EXPECT_TRUE(absl::IsUnavailable(refused->status)) << refused->status;
  EXPECT_EQ(refused->retry_after, kReturnWithin);
}

}  // namespace
}  // namespace godwit::collector
