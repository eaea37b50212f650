// What a store keeps of a device's sensors.
#include <gtest/gtest.h>

#include "collector/store/sqlite_reports.h"

namespace godwit::collector {
namespace {

std::vector<SensorState> TwoSensors() {
  std::vector<SensorState> sensors = {{.name = "file/x", .state = "good"},
                                      {.name = "exec/y", .state = "failing", .error = "gone"}};
  uint64_t number = 0;
  for (SensorState& sensor : sensors) {
    for (const SensorCounter& counter : kSensorCounters) sensor.*counter.member = ++number;
  }
  return sensors;
}

TEST(SensorStatesTest, AllOfItComesBack) {
  const auto back = DecodeSensors(EncodeSensors(TwoSensors()));
  ASSERT_EQ(back.size(), 2u);
  EXPECT_EQ(back[1].error, "gone");
  for (size_t i = 0; i < back.size(); ++i) {
    for (const SensorCounter& counter : kSensorCounters) {
      EXPECT_EQ(back[i].*counter.member, TwoSensors()[i].*counter.member) << counter.name;
    }
  }
}

TEST(SensorStatesTest, WhatAVersionWithFewerCountersKeptIsRead) {
  constexpr size_t kFewer = std::size(kSensorCounters) - 2;
  const auto back = DecodeSensors(EncodeSensors(TwoSensors(), kFewer));
  ASSERT_EQ(back.size(), 2u);
  EXPECT_EQ(back[1].name, "exec/y");
  EXPECT_EQ(back[1].readings, TwoSensors()[1].readings);
  EXPECT_EQ(back[1].*kSensorCounters[kFewer].member, 0u);
}

TEST(SensorStatesTest, DamagedBytesAreNoSensors) {
  const std::string bytes = EncodeSensors(TwoSensors());
  EXPECT_TRUE(DecodeSensors(bytes.substr(0, bytes.size() - 3)).empty());
  EXPECT_TRUE(DecodeSensors("").empty());
}

}  // namespace
}  // namespace godwit::collector
