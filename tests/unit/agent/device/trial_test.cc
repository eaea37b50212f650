// The trial of a configuration: what is in force during it, what ends it, and what is in force
// after it.
#include "agent/device/trial.h"

#include <gmock/gmock.h>

#include "agent/control/limits.h"
#include "tests/unit/agent/device/device_parts.h"

namespace godwit::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using Kind = TrialVerdict::Kind;

constexpr absl::Duration kConfirm = absl::Seconds(90);
const std::string kHome = EndpointText("localhost:1");

class TrialTest : public DeviceParts, public TrialHost {
 protected:
  void Reconnect() override { ++reconnects_; }
  void TrialEnded(TrialEnd end) override { ends_.push_back(end); }
  void RestartLater() override { ++restarts_; }

  Status Begin(const std::string& text) {
    return trial_.Begin({.offer = OfferId(16, 'o'), .id = RevisionId(16, 'r'), .text = text},
                        kConfirm, [this](const TrialVerdict& verdict) { verdict_ = verdict; });
  }
  void OpenSession() { trial_.SessionOpened({transport_, "token", "home store"}); }
  void Run(absl::Duration span) { scheduler_.RunFor(span); }

  bool away_ = false;
  TestTransport transport_{loop_, away_};  // of the connection in use
  int reconnects_ = 0;
  int restarts_ = 0;
  std::vector<TrialEnd> ends_;
  std::optional<TrialVerdict> verdict_;
  Trial trial_{{clock_, loop_, storage_, *spool_, stats_, *sampler_, *applied_, loader_, sensors_,
                transports_, memory_, *this}};
};

TEST_F(TrialTest, ItsSensorsRunAtOnceAndItsConnectionOnlyWhenItHolds) {
  ASSERT_TRUE(Begin(SensorText("count") + SensorText("more") + EndpointText("localhost:2")).ok());
  EXPECT_THAT(Sampled(), ElementsAre("pattern/count", "pattern/more"));
  EXPECT_EQ(applied_->channel().endpoint, "localhost:1");
  Run(absl::Seconds(40));
  ASSERT_TRUE(verdict_);
  EXPECT_EQ(verdict_->kind, Kind::kProved);
  EXPECT_EQ(verdict_->store_id, "store");
  EXPECT_EQ(reconnects_, 0);
  trial_.End(TrialEnd::kHolds);
  EXPECT_EQ(applied_->channel().endpoint, "localhost:2");
  EXPECT_EQ(reconnects_, 1);
  EXPECT_THAT(ends_, ElementsAre(TrialEnd::kHolds));
  EXPECT_FALSE(trial_.under_way());
}

TEST_F(TrialTest, WithoutANewConnectionItIsProvedOverTheOneInUse) {
  OpenSession();
  ASSERT_TRUE(Begin(SensorText("more") + kHome).ok());
  Run(kConfirm / kWatchShare - absl::Seconds(1));
  EXPECT_FALSE(verdict_);
  Run(absl::Seconds(5));
  ASSERT_TRUE(verdict_);
  EXPECT_EQ(verdict_->kind, Kind::kProved);
  EXPECT_EQ(verdict_->store_id, "home store");
  EXPECT_THAT(transports_.made, IsEmpty());
  trial_.End(TrialEnd::kHolds);
  EXPECT_EQ(reconnects_, 0);
}

TEST_F(TrialTest, WhatWasInForceReturnsWhateverTheFilesSayByThen) {
  const AgentSettings before = applied_->settings();
  ASSERT_TRUE(Begin("[batch]\nperiod = \"7s\"\n" + SensorText("more") + kHome).ok());
  EXPECT_EQ(applied_->settings().batch_period, absl::Seconds(7));
  for (const char* files : {"broken", ""}) {
    loader_.own = files;
    trial_.End(TrialEnd::kGoesBack);
    EXPECT_EQ(applied_->settings(), before);
    EXPECT_THAT(Sampled(), ElementsAre("pattern/count"));
    EXPECT_EQ(loader_.reads, 0);
    ASSERT_TRUE(Begin(SensorText("more") + kHome).ok());
  }
  EXPECT_THAT(ends_, ElementsAre(TrialEnd::kGoesBack, TrialEnd::kGoesBack));
}

TEST_F(TrialTest, ThatTheSensorsBeforeCannotBeMadeNeedsARestart) {
  ASSERT_TRUE(Begin(SensorText("more") + kHome).ok());
  sensors_.refusal = Error(StatusCode::kInvalidArgument, "too many");
  trial_.End(TrialEnd::kGoesBack);
  EXPECT_EQ(restarts_, 1);
}

TEST_F(TrialTest, ASensorThatFailsEndsIt) {
  OpenSession();
  ASSERT_TRUE(Begin(SensorText("count") + SensorText("failing") + kHome).ok());
  Run(absl::Seconds(5));
  ASSERT_TRUE(verdict_);
  EXPECT_EQ(verdict_->kind, Kind::kFailed);
  EXPECT_THAT(verdict_->reason, StartsWith("sensor: pattern/failing fails"));
}

TEST_F(TrialTest, TooMuchMemoryEndsItAtOnce) {
  memory_.resident = ByteCount{1} << 20;
  ASSERT_TRUE(Begin(SensorText("more") + kHome).ok());
  memory_.resident = ByteCount{100} << 20;
  Run(absl::Seconds(1));
  ASSERT_TRUE(verdict_);
  EXPECT_THAT(verdict_->reason, StartsWith("memory: "));
}

TEST_F(TrialTest, WithoutASessionItShowsNothing) {
  ASSERT_TRUE(Begin(SensorText("more") + kHome).ok());
  Run(kConfirm + absl::Seconds(3));
  ASSERT_TRUE(verdict_);
  EXPECT_EQ(verdict_->kind, Kind::kInconclusive);
}

TEST_F(TrialTest, AProofThatGetsNoAnswerFailsAtTheDeadlineAndSaysWhatIsMissing) {
  OpenSession();
  transports_.away["localhost:2"] = true;
  ASSERT_TRUE(Begin(SensorText("more") + EndpointText("localhost:2")).ok());
  Run(kConfirm + absl::Seconds(1));
  EXPECT_FALSE(verdict_);
  Run(absl::Seconds(2));
  ASSERT_TRUE(verdict_);
  EXPECT_EQ(verdict_->kind, Kind::kFailed);
  EXPECT_THAT(verdict_->reason, HasSubstr("not proved within 1m32s: away"));
}

TEST_F(TrialTest, ASessionThatIsLostDuringTheProofIsFollowedByAnother) {
  OpenSession();
  away_ = true;
  ASSERT_TRUE(Begin(SensorText("more") + kHome).ok());
  Run(kConfirm / kWatchShare + absl::Seconds(1));
  trial_.SessionLost();
  away_ = false;
  Run(absl::Seconds(10));
  EXPECT_FALSE(verdict_);
  OpenSession();
  Run(absl::Seconds(1));
  ASSERT_TRUE(verdict_);
  EXPECT_EQ(verdict_->kind, Kind::kProved);
}

TEST_F(TrialTest, WhatCannotBeTriedChangesNothing) {
  const AgentSettings before = applied_->settings();
  stats_ = {.records = 4, .unsettled_records = 2, .bytes = ByteCount{64} << 20};
  const std::pair<std::string, std::string> refusals[] = {
      {"broken", "agent.toml"},
      {kHome, "it has no sensor"},
      {SensorText("more"), "it has no upload.endpoint"},
      {"[spool]\nmax_bytes = \"1MiB\"\n" + SensorText("more") + kHome, "would drop some of it"}};
  for (const auto& [text, reason] : refusals) {
    const Status status = Begin(text);
    EXPECT_FALSE(status.ok()) << text;
    EXPECT_THAT(Message(status), HasSubstr(reason));
    EXPECT_FALSE(trial_.under_way());
  }
  EXPECT_EQ(applied_->settings(), before);
  EXPECT_THAT(ends_, IsEmpty());
}

TEST_F(TrialTest, AfterAStopThereIsNoVerdict) {
  ASSERT_TRUE(Begin(SensorText("more") + kHome).ok());
  trial_.Stop();
  Run(kConfirm * 2);
  EXPECT_FALSE(verdict_);
  trial_.End(TrialEnd::kGoesBack);
  EXPECT_THAT(ends_, IsEmpty());
}

}  // namespace
}  // namespace godwit::agent
