// What a trial is taken back for.
#include "agent/control/trial_watch.h"

#include <gtest/gtest.h>

namespace godwit::agent {
namespace {

constexpr absl::Duration kPeriod = absl::Milliseconds(500);
constexpr TrialBounds kBounds{.appended_bytes = 1000, .resident_bytes = 100 << 20};

SensorReport Sensor(const std::string& name, const std::string& state, const std::string& error,
                    uint64_t readings, uint64_t failures = 0) {
  SensorReport report;
  report.name = name;
  report.state = state;
  report.error = error;
  report.readings = readings;
  report.failures = failures;
  return report;
}

class TrialWatchTest : public testing::Test {
 protected:
  TrialWatchTest() {
    signs_.sensors = {Sensor("old", "good", "", 9), Sensor("bad", "failing", "broken for long", 0)};
    signs_.resident_bytes = 10 << 20;
    watch_.emplace(kBounds, std::vector<std::string>{"new"}, signs_, kPeriod);
    signs_.sensors.push_back(Sensor("new", "good", "", 1));
  }
  // After `late` more than it should be.
  Status Judge(absl::Duration late = absl::ZeroDuration()) {
    signs_.boot += kPeriod + late;
    return watch_->Judge(signs_);
  }
  std::string Harm() { return Message(Judge()); }

  TrialSigns signs_{.boot = absl::Hours(1)};
  std::optional<TrialWatch> watch_;
};

TEST_F(TrialWatchTest, NothingThatWasBadBeforeCounts) {
  EXPECT_TRUE(Judge().ok());
}

TEST_F(TrialWatchTest, AFloodOfTheSpoolIsHarm) {
  signs_.appended_bytes = 1000;
  EXPECT_TRUE(Judge().ok());
  signs_.appended_bytes = 1001;
  EXPECT_TRUE(Harm().starts_with("flood: "));
}

TEST_F(TrialWatchTest, MemoryBeyondTheOwnersBoundIsHarm) {
  signs_.resident_bytes = 101 << 20;
  EXPECT_TRUE(Harm().starts_with("memory: "));
}

TEST_F(TrialWatchTest, ALoopThatIsLateByAQuarterIsHarm) {
  for (int check = 0; check < 20; ++check) EXPECT_TRUE(Judge(kPeriod / 5).ok());
  Status status;
  for (int check = 0; check < 20; ++check) status = Judge(kPeriod);
  EXPECT_TRUE(Message(status).starts_with("starved: "));
}

TEST_F(TrialWatchTest, ATickThatIsMissedIsHarmToOldAndNewAlike) {
  signs_.sensors[0].missed = 1;
  EXPECT_TRUE(Harm().starts_with("starved: old"));
  signs_.sensors[0].missed = 0;
  signs_.sensors[2].missed = 1;
  EXPECT_TRUE(Harm().starts_with("starved: new"));
}

TEST_F(TrialWatchTest, ASensorThatWasGoodAndFailsIsHarm) {
  signs_.sensors[0].state = "failing";
  signs_.sensors[0].error = "gone";
  EXPECT_EQ(Harm(), "sensor: old, which was good before, is failing: gone");
}

TEST_F(TrialWatchTest, ANewSensorMustBeReadAndMayFailOnce) {
  signs_.sensors[2] = {.name = "new", .state = "waiting"};
  EXPECT_TRUE(absl::IsUnavailable(Judge()));
  signs_.sensors[2] = Sensor("new", "failing", "no file", 1, 1);
  EXPECT_TRUE(absl::IsUnavailable(Judge()));
  signs_.sensors[2].failures = 2;
  EXPECT_EQ(Harm(), "sensor: new fails: no file");
  signs_.sensors[2] = {.name = "new", .state = "hanging"};
  EXPECT_TRUE(Harm().starts_with("sensor: new hangs"));
}

TEST_F(TrialWatchTest, ASensorThatFailsAsUnderTheSettingsBeforeIsNoHarm) {
  watch_.emplace(kBounds, std::vector<std::string>{"new", "bad"}, signs_, kPeriod);
  signs_.sensors[1].readings = 3;
  signs_.sensors[1].failures = 3;
  EXPECT_TRUE(Judge().ok());
  signs_.sensors[1].error = "broken in another way";
  EXPECT_EQ(Harm(), "sensor: bad fails: broken in another way");
}

TEST_F(TrialWatchTest, AReadingOutOfTurnIsAsGoodAsATick) {
  signs_.sensors[2] = {.name = "new", .state = "waiting"};
  signs_.checks["new"] = absl::OkStatus();
  EXPECT_TRUE(Judge().ok());
  signs_.checks["new"] = Error(StatusCode::kNotFound, "no such file");
  EXPECT_EQ(Message(Judge()), "sensor new: no such file");
}

TEST_F(TrialWatchTest, AReadingOutOfTurnThatFailsIsOneFailureAndNoMore) {
  signs_.sensors[2] = Sensor("new", "failing", "no file", 1, 1);
  signs_.checks["new"] = Error(StatusCode::kNotFound, "no file");
  EXPECT_TRUE(absl::IsUnavailable(Judge()));
  signs_.sensors[2].failures = 2;
  EXPECT_EQ(Harm(), "sensor: new fails: no file");
}

}  // namespace
}  // namespace godwit::agent
