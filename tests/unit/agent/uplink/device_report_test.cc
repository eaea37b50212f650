#include "agent/uplink/device_report.h"

#include <gtest/gtest.h>

#include "tests/sim/sim_scheduler.h"

namespace godwit::agent {
namespace {

std::vector<SensorReport> OneGoodSensor() {
  std::vector<SensorReport> sensors = {{.name = "file/x", .state = "good"}};
  sensors[0].series = 1;
  return sensors;
}

class DeviceReportTest : public testing::Test {
 protected:
  sim::SimScheduler scheduler_{1};
  sim::SimClock clock_{scheduler_};
  std::vector<SensorReport> sensors_ = OneGoodSensor();
  DeviceReporter reporter_{Identity{.settings = {{"batch.period", "60s"}}},
                           [this] { return sensors_; }, clock_};
};

TEST_F(DeviceReportTest, SettingsAndSensorsAreSaidInFullOnceAndThenWhenTheyChange) {
  const auto full = reporter_.InFull({.bytes = 7});
  EXPECT_EQ(full.settings_size(), 1);
  EXPECT_EQ(full.sensors().sensors_size(), 1);
  sensors_[0].readings = 100;  // as they do
  const auto next = reporter_.Changes({.bytes = 8});
  EXPECT_EQ(next.spool_bytes(), 8u);
  EXPECT_EQ(next.settings_size(), 0);
  EXPECT_FALSE(next.has_sensors());
  sensors_[0].state = "failing";
  sensors_[0].error = "gone";
  EXPECT_EQ(reporter_.Changes({}).sensors().sensors(0).error(), "gone");
  EXPECT_FALSE(reporter_.Changes({}).has_sensors());
  reporter_.SetSettings({{"batch.period", "5s"}});
  EXPECT_EQ(reporter_.Changes({}).settings(0).value(), "5s");
  EXPECT_EQ(reporter_.Changes({}).settings_size(), 0);
}

TEST_F(DeviceReportTest, NumbersThatOnlyGrowAreSaidAgainAfterAnHour) {
  reporter_.InFull({});
  sensors_[0].failures = 3;
  EXPECT_FALSE(reporter_.Changes({}).has_sensors());
  scheduler_.RunFor(absl::Hours(1));
  EXPECT_EQ(reporter_.Changes({}).sensors().sensors(0).failures(), 3u);
}

TEST_F(DeviceReportTest, TheFirstOfWhatIsLostIsSaidAtOnceAndEachChangeOfTheSeries) {
  reporter_.InFull({});
  sensors_[0].missed = 1;
  EXPECT_EQ(reporter_.Changes({}).sensors().sensors(0).missed(), 1u);
  sensors_[0].missed = 2;
  EXPECT_FALSE(reporter_.Changes({}).has_sensors());
  for (const uint64_t number : {2, 3}) {
    sensors_[0].not_sampled = number;
    EXPECT_EQ(reporter_.Changes({}).sensors().sensors(0).not_sampled(), number);
  }
}

TEST_F(DeviceReportTest, TheSourceOfTheTimeIsSaidInFullAndThenWhenItChanges) {
  EXPECT_EQ(reporter_.InFull({}).wall_source(), "kernel");
  EXPECT_EQ(reporter_.Changes({}).wall_source(), "");
  clock_.SetSynchronised(false);
  const auto changed = reporter_.Changes({});
  EXPECT_EQ(changed.wall_source(), "none");
  EXPECT_FALSE(changed.wall_synchronised());
  EXPECT_EQ(reporter_.Changes({}).wall_source(), "");
  EXPECT_EQ(reporter_.InFull({}).wall_source(), "none");
}

TEST_F(DeviceReportTest, SegmentsThatSomebodyTookAreReportedWithAHealthyDisk) {
  EXPECT_EQ(reporter_.InFull({}).disk(), "ok");
  EXPECT_EQ(reporter_.InFull({.taken_segments = 1}).disk(),
            "ok; while the agent wrote them, 1 segment was moved, deleted or replaced");
  EXPECT_EQ(
      reporter_.InFull({.taken_segments = 1, .disk = Error(StatusCode::kInternal, "worn")}).disk(),
      "worn");
}

TEST_F(DeviceReportTest, ARateIsKnownAfterTwoMinutes) {
  EXPECT_EQ(reporter_.InFull({.appended_bytes = 100}).spool_bytes_per_day(), 0u);
  scheduler_.RunFor(absl::Hours(1));
  EXPECT_EQ(reporter_.InFull({.appended_bytes = 100}).spool_bytes_per_day(), 2400u);
}

}  // namespace
}  // namespace godwit::agent
