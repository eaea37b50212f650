#include <gtest/gtest.h>

#include "tests/unit/agent/sensors/text_input.h"

namespace godwit::agent {
namespace {

TEST(PatternSensorTest, CountIsTheNumberOfTheTick) {
  const auto sensor = MakePatternSensor({.series = 3, .attributes = {{"site", "x"}}});
  ASSERT_TRUE(sensor.ok());
  EXPECT_EQ(ReadOnce(**sensor, 42)["godwit.pattern.count{index=2,site=x}"], Value(int64_t{42}));
}

TEST(PatternSensorTest, ManySeriesAreSplitIntoGroupsThatFitATable) {
  const auto sensor = MakePatternSensor({.series = 10'000});
  ASSERT_TRUE(sensor.ok());
  EXPECT_EQ((*sensor)->groups().size(), 3u);
}

TEST(PatternSensorTest, SquareIsAStateThatChanges) {
  const auto sensor = MakePatternSensor({.series = 1, .shape = PatternShape::kSquare});
  EXPECT_EQ(ReadOnce(**sensor, 9)["godwit.pattern.square{index=0}"], Value("low"));
  EXPECT_EQ(ReadOnce(**sensor, 10)["godwit.pattern.square{index=0}"], Value("high"));
}

TEST(FileSensorTest, ANumberIsScaledToTheDecimalAPersonWouldWrite) {
  TextInput input;
  input.files["/sys/x"] = "45123\n";
  const auto sensor = MakeFileSensor(
      {.path = "/sys/x", .series = {.name = "x", .unit = "V"}, .scale = 0.001}, input);
  EXPECT_EQ(ReadOnce(*sensor)["x"], Value(45.123));
  input.files["/sys/x"] = " +7.5 mV";
  EXPECT_EQ(ReadOnce(*sensor, 2)["x"], Value(0.0075));
  input.files["/sys/x"] = "none";
  const Seen seen = ReadOnce(*sensor, 3);
  EXPECT_EQ(Message(seen.status), "/sys/x does not begin with a number");
  EXPECT_EQ(seen["x"], Value());
}

TEST(FileSensorTest, AFileThatVanishesIsReadAgainWhenItIsBack) {
  TextInput input;
  const auto sensor =
      MakeFileSensor({.path = "/sys/x", .series = {.name = "x", .unit = "1"}}, input);
  EXPECT_TRUE(absl::IsNotFound(ReadOnce(*sensor).status));
  input.files["/sys/x"] = "1";
  EXPECT_EQ(ReadOnce(*sensor, 2)["x"], Value(int64_t{1}));
  input.files.erase("/sys/x");
  EXPECT_TRUE(absl::IsNotFound(ReadOnce(*sensor, 3).status));
  input.files["/sys/x"] = "2";
  EXPECT_EQ(ReadOnce(*sensor, 4)["x"], Value(int64_t{2}));
}

TEST(HardwareSensorTest, ThermalZonesAreTemperatures) {
  TextInput input;
  input.files = {{"/sys/class/thermal/thermal_zone0/temp", "48312\n"},
                 {"/sys/class/thermal/thermal_zone0/type", "cpu-thermal\n"},
                 {"/sys/class/thermal/cooling_device0/type", "fan\n"}};
  const auto sensor = MakeThermalSensor({{"site", "x"}}, input);
  const Seen seen = ReadOnce(*sensor);
  EXPECT_EQ(seen["hw.temperature{hw.id=thermal_zone0,hw.name=cpu-thermal,hw.type=temperature,"
                 "site=x}"],
            Value(48.312));
  EXPECT_EQ(seen.values.size(), 1u);
}

TEST(HardwareSensorTest, HwmonChipsOfOneNameAreToldApart) {
  TextInput input;
  const std::string hwmon = "/sys/class/hwmon/hwmon";
  input.files = {{hwmon + "0/name", "lm75\n"},
                 {hwmon + "0/temp1_input", "21500\n"},
                 {hwmon + "0/temp1_max", "80000\n"},
                 {hwmon + "0/temp1_label", "inlet\n"},
                 {hwmon + "1/name", "lm75\n"},
                 {hwmon + "1/temp1_input", "22500\n"},
                 {hwmon + "2/name", "nct6775\n"},
                 {hwmon + "2/fan1_input", "1200\n"},
                 {hwmon + "2/in0_input", "3312\n"},
                 {hwmon + "2/power1_input", "15250000\n"},
                 {hwmon + "2/energy1_input", "5000000\n"},
                 {hwmon + "2/temp_input", "1\n"}};
  const auto sensor = MakeHwmonSensor({}, input);
  const Seen seen = ReadOnce(*sensor);
  EXPECT_EQ(seen["hw.temperature{hw.id=lm75.hwmon0/temp1,hw.name=lm75.hwmon0,"
                 "hw.sensor_location=inlet}"],
            Value(21.5));
  EXPECT_EQ(seen["hw.temperature.limit{hw.id=lm75.hwmon0/temp1,hw.limit_type=high.degraded,"
                 "hw.name=lm75.hwmon0,hw.sensor_location=inlet}"],
            Value(80.0));
  EXPECT_EQ(seen["hw.temperature{hw.id=lm75.hwmon1/temp1,hw.name=lm75.hwmon1}"], Value(22.5));
  EXPECT_EQ(seen["hw.fan.speed{hw.id=nct6775/fan1,hw.name=nct6775}"], Value(int64_t{1200}));
  EXPECT_EQ(seen["hw.voltage{hw.id=nct6775/in0,hw.name=nct6775}"], Value(3.312));
  EXPECT_EQ(seen["hw.power{hw.id=nct6775/power1,hw.name=nct6775}"], Value(15.25));
  EXPECT_EQ(seen["hw.energy{hw.id=nct6775/energy1,hw.name=nct6775}"], Value(5.0));
  EXPECT_EQ(seen.values.size(), 7u);
}

TEST(HardwareSensorTest, AChipThatIsPluggedInIsFoundWithinAMinute) {
  TextInput input;
  input.files["/sys/class/thermal/thermal_zone0/temp"] = "1000";
  const auto sensor = MakeThermalSensor({}, input);
  ReadOnce(*sensor, 1);
  input.files["/sys/class/thermal/thermal_zone1/temp"] = "2000";
  EXPECT_EQ(ReadOnce(*sensor, 2).values.size(), 1u);
  EXPECT_EQ(ReadOnce(*sensor, 62).values.size(), 2u);
}

TEST(HardwareSensorTest, BatteriesMainsAndUndervoltageAreToldApart) {
  TextInput input;
  const std::string supply = "/sys/class/power_supply/";
  input.files = {{supply + "BAT0/type", "Battery\n"},
                 {supply + "BAT0/capacity", "87\n"},
                 {supply + "BAT0/status", "Discharging\n"},
                 {supply + "BAT0/voltage_now", "12345000\n"},
                 {supply + "AC/type", "Mains\n"},
                 {supply + "AC/online", "0\n"},
                 {"/sys/class/hwmon/hwmon0/name", "rpi_volt\n"},
                 {"/sys/class/hwmon/hwmon0/in0_lcrit_alarm", "1\n"}};
  const auto sensor = MakePowerSensor({}, input);
  const Seen seen = ReadOnce(*sensor);
  EXPECT_EQ(seen["hw.battery.charge{hw.id=BAT0,hw.type=battery}"], Value(0.87));
  EXPECT_EQ(seen["hw.status{hw.id=BAT0,hw.type=battery}"], Value("Discharging"));
  EXPECT_EQ(seen["hw.voltage{hw.id=BAT0,hw.type=battery}"], Value(12.345));
  EXPECT_EQ(seen["godwit.power.online{hw.id=AC,hw.type=power_supply}"], Value(int64_t{0}));
  EXPECT_EQ(seen["godwit.power.undervoltage{hw.id=rpi_volt/in0,hw.name=rpi_volt}"],
            Value(int64_t{1}));
}

TEST(HardwareSensorTest, FlashTellsHowMuchOfItsLifeIsUsed) {
  TextInput input;
  input.files = {{"/sys/block/mmcblk0/device/life_time", "0x02 0x0b\n"},
                 {"/sys/block/mmcblk0/device/pre_eol_info", "0x01\n"},
                 {"/sys/block/sda/device/life_time", "0x01 0x01\n"}};
  const auto sensor = MakeWearSensor({}, input);
  const Seen seen = ReadOnce(*sensor);
  EXPECT_EQ(seen["hw.physical_disk.endurance_utilization{godwit.cells=a,hw.id=mmcblk0}"],
            Value(0.2));
  EXPECT_EQ(seen["hw.physical_disk.endurance_utilization{godwit.cells=b,hw.id=mmcblk0}"],
            Value(1.1));
  EXPECT_EQ(seen["godwit.hw.end_of_life{hw.id=mmcblk0}"], Value(1.0));
}

// A file in memory.
class TextFile final : public ReadableFile {
 public:
  explicit TextFile(std::string text) : text_(std::move(text)) {}
  StatusOr<std::string> ReadAt(ByteCount offset, ByteCount count) const override {
    return offset < text_.size() ? text_.substr(offset, count) : std::string();
  }
  StatusOr<ByteCount> Size() const override { return text_.size(); }

 private:
  const std::string text_;
};

StatusOr<std::unique_ptr<Sensor>> Replay(const ReplayOptions& options, const std::string& text) {
  return MakeReplaySensor(options, std::make_unique<TextFile>(text));
}

TEST(ReplaySensorTest, ARecordingLongerThanItsBufferIsReadWhole) {
  std::string text = "a,b\n";
  for (int i = 1; i <= 50'000; ++i) text += Cat(i, ",", -i, "\n");
  const auto sensor = Replay({}, text);
  ASSERT_TRUE(sensor.ok()) << sensor.status();
  for (int round = 0; round < 2; ++round) {
    for (int64_t i = 1; i <= 50'000; ++i) ASSERT_EQ(ReadOnce(**sensor)["b"], Value(-i));
  }
}

TEST(ReplaySensorTest, ARowIsATickAndTheRecordingBeginsAgain) {
  const auto sensor = Replay({.attributes = {{"site", "x"}}},
                             "time,late_ms,a,\"b{d=1,e=2}\"\ns,ms,By,Cel\n,,counter,gauge\n"
                             "100,0,1,2.5\n101,0,,3\n");
  ASSERT_TRUE(sensor.ok()) << sensor.status();
  EXPECT_EQ((*sensor)->groups()[0].series[0].kind, Kind::kCounter);
  EXPECT_EQ((*sensor)->groups()[0].series[1].unit, "Cel");
  EXPECT_EQ(ReadOnce(**sensor)["b{d=1,e=2,site=x}"], Value(2.5));
  const Seen second = ReadOnce(**sensor);
  EXPECT_EQ(second["a{site=x}"], Value());
  EXPECT_EQ(second["b{d=1,e=2,site=x}"], Value(int64_t{3}));
  EXPECT_EQ(ReadOnce(**sensor)["a{site=x}"], Value(int64_t{1}));
}

TEST(ReplaySensorTest, WithoutRepetitionTheEndIsSaid) {
  const auto sensor = Replay({.repeat = false}, "a,b\n1,2\n");
  ASSERT_TRUE(sensor.ok()) << sensor.status();
  EXPECT_EQ(ReadOnce(**sensor)["b"], Value(int64_t{2}));
  EXPECT_TRUE(absl::IsOutOfRange(ReadOnce(**sensor).status));
}

TEST(ReplaySensorTest, WhatIsNoRecordingIsRefused) {
  EXPECT_FALSE(Replay({}, "").ok());
  EXPECT_FALSE(Replay({}, "a,{}\n").ok());
  EXPECT_FALSE(Replay({}, "time,late_ms\ns,ms\n,counter\n").ok());
}

}  // namespace
}  // namespace godwit::agent
