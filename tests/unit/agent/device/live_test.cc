// The live view: which sensor it changes, for how long, and what ends it.
#include "agent/device/live.h"

#include <gmock/gmock.h>

#include "agent/uplink/command_receiver.h"
#include "tests/unit/agent/device/device_parts.h"

namespace godwit::agent {
namespace {

class NoCommands final : public CommandReceiver {
 public:
  void SessionOpened(const OpenedSession&) override {}
  void SessionLost() override {}
  void OnCommand(const v1::Command&) override {}
  void OnOffer(const v1::RevisionOffer&) override {}
  void OnFollowLog(const v1::FollowLog&) override {}
  std::string effective_revision() const override { return {}; }
};

class LiveTest : public DeviceParts, public TrialHost, public DeviceProcess {
 protected:
  LiveTest() {
    applied_->OnSensorsChange([this] { live_.End(); });
    scheduler_.RunFor(absl::Minutes(1));
  }

  void Reconnect() override {}
  void TrialEnded(TrialEnd) override {}
  void RestartLater() override {}
  void WatchNetwork() override {}
  void Stopping(bool) override {}
  void Stopped() override {}

  StatusCode Begin(const std::string& sensor, absl::Duration interval) {
    return live_.Begin(sensor, interval, absl::Seconds(30)).status().code();
  }
  // Of the one sensor, in 10 s.
  uint64_t Readings() {
    const uint64_t before = sampler_->Health()[0].readings;
    scheduler_.RunFor(absl::Seconds(10));
    // A sensor that was made again counts from zero.
    const uint64_t after = sampler_->Health()[0].readings;
    return after < before ? after : after - before;
  }

  NoCommands commands_;
  int flushes_ = 0;
  Trial trial_{{clock_, loop_, storage_, *spool_, stats_, *sampler_, *applied_, loader_, sensors_,
                transports_, memory_, *this}};
  Connection connection_{{clock_, loop_, storage_, random_, *spool_, *reporter_, commands_, loader_,
                          transports_, *this}};
  Live live_{{loop_, *applied_, connection_, trial_, [this] { ++flushes_; }}};
};

TEST_F(LiveTest, TheSensorIsReadMoreOftenForATime) {
  ASSERT_EQ(Begin("pattern/count", absl::Milliseconds(100)), StatusCode::kOk);
  EXPECT_NEAR(Readings(), 100, 2);
  scheduler_.RunFor(absl::Seconds(21));
  EXPECT_NEAR(Readings(), 10, 1);
}

TEST_F(LiveTest, ItUploadsOnlyWhileThereIsASession) {
  ASSERT_EQ(Begin("pattern/count", absl::Milliseconds(100)), StatusCode::kOk);
  scheduler_.RunFor(absl::Seconds(10));
  EXPECT_EQ(flushes_, 0);
  connection_.Open(applied_->settings(), applied_->channel(), *loader_.FindIdentity({}), "");
  connection_.Start();
  scheduler_.RunFor(absl::Seconds(10));
  EXPECT_GE(flushes_, 4);
}

TEST_F(LiveTest, WhatCannotBeIsRefusedByName) {
  EXPECT_EQ(Begin("pattern/none", absl::Milliseconds(100)), StatusCode::kNotFound);
  EXPECT_EQ(Begin("pattern/count", absl::Seconds(1)), StatusCode::kInvalidArgument);
  ASSERT_TRUE(trial_
                  .Begin({.id = RevisionId(16, 'r'), .text = applied_->settings().sources[0]->text},
                         absl::Seconds(90), [](const TrialVerdict&) {})
                  .ok());
  EXPECT_EQ(Begin("pattern/count", absl::Milliseconds(100)), StatusCode::kFailedPrecondition);
}

TEST_F(LiveTest, ATrialEndsIt) {
  ASSERT_EQ(Begin("pattern/count", absl::Milliseconds(100)), StatusCode::kOk);
  ASSERT_TRUE(
      trial_
          .Begin({.id = RevisionId(16, 'r'),
                  .text = applied_->settings().sources[0]->text + "[batch]\nperiod=\"7s\"\n"},
                 absl::Seconds(90), [](const TrialVerdict&) {})
          .ok());
  EXPECT_NEAR(Readings(), 10, 1);
}

}  // namespace
}  // namespace godwit::agent
