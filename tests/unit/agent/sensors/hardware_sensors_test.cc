// thermal, hwmon, power and wear over a fake sysfs.
#include <gtest/gtest.h>

#include "tests/unit/agent/sensors/text_input.h"

namespace godwit::agent {
namespace {

const std::string kHwmon = "/sys/class/hwmon/hwmon";

// A chip with one temperature, in thousandths of a degree. Without a device: made by software.
void AddChip(TextInput& input, int number, const std::string& name, const std::string& device,
             const std::string& temperature) {
  const std::string chip = Cat(kHwmon, number);
  input.files[chip + "/name"] = name + "\n";
  input.files[chip + "/temp1_input"] = temperature + "\n";
  if (!device.empty()) input.links[chip + "/device"] = "../../../devices/bus/" + device;
}

std::string Temperature(const std::string& chip, const std::string& name) {
  return Cat("hw.temperature{hw.id=", chip, "/temp1,hw.name=", name, "}");
}

TEST(HardwareSensorTest, ThermalZonesAreTemperatures) {
  TextInput input;
  input.files = {{"/sys/class/thermal/thermal_zone0/temp", "48312\n"},
                 {"/sys/class/thermal/thermal_zone0/type", "cpu-thermal\n"},
                 {"/sys/class/thermal/cooling_device0/type", "fan\n"}};
  const auto sensor = MakeThermalSensor(InPlace({{"site", "x"}}), input);
  const Seen seen = ReadOnce(*sensor);
  EXPECT_EQ(seen["hw.temperature{hw.id=thermal_zone0,hw.name=cpu-thermal,hw.type=temperature,"
                 "site=x}"],
            Value(48.312));
  EXPECT_EQ(seen.values.size(), 1u);
}

TEST(HardwareSensorTest, AChipThatIsPluggedInIsFoundWithinAMinute) {
  TextInput input;
  input.files["/sys/class/thermal/thermal_zone0/temp"] = "1000";
  const auto sensor = MakeThermalSensor(InPlace(), input);
  ReadOnce(*sensor, 1);
  input.files["/sys/class/thermal/thermal_zone1/temp"] = "2000";
  EXPECT_EQ(ReadOnce(*sensor, 2).values.size(), 1u);
  EXPECT_EQ(ReadOnce(*sensor, 62).values.size(), 2u);
}

TEST(HardwareSensorTest, BatteriesMainsAndUndervoltageAreDistinguished) {
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
  input.links["/sys/class/hwmon/hwmon0/device"] = "../../raspberrypi-hwmon";
  const auto sensor = MakePowerSensor(InPlace(), input);
  const Seen seen = ReadOnce(*sensor);
  EXPECT_EQ(seen["hw.battery.charge{hw.id=BAT0,hw.type=battery}"], Value(0.87));
  EXPECT_EQ(seen["hw.status{hw.id=BAT0,hw.type=battery}"], Value("Discharging"));
  EXPECT_EQ(seen["hw.voltage{hw.id=BAT0,hw.type=battery}"], Value(12.345));
  EXPECT_EQ(seen["godwit.power.online{hw.id=AC,hw.type=power_supply}"], Value(int64_t{0}));
  EXPECT_EQ(
      seen["godwit.power.undervoltage{hw.id=rpi_volt.raspberrypi-hwmon/in0,hw.name=rpi_volt}"],
      Value(int64_t{1}));
}

TEST(HardwareSensorTest, FlashReportsHowMuchOfItsLifeIsUsed) {
  TextInput input;
  input.files = {{"/sys/block/mmcblk0/device/life_time", "0x02 0x0b\n"},
                 {"/sys/block/mmcblk0/device/pre_eol_info", "0x01\n"},
                 {"/sys/block/sda/device/life_time", "0x01 0x01\n"}};
  const auto sensor = MakeWearSensor(InPlace(), input);
  const Seen seen = ReadOnce(*sensor);
  EXPECT_EQ(seen["hw.physical_disk.endurance_utilization{godwit.cells=a,hw.id=mmcblk0}"],
            Value(0.2));
  EXPECT_EQ(seen["hw.physical_disk.endurance_utilization{godwit.cells=b,hw.id=mmcblk0}"],
            Value(1.1));
  EXPECT_EQ(seen["godwit.hw.end_of_life{hw.id=mmcblk0}"], Value(1.0));
}

TEST(HardwareSensorTest, AStateThatIsNoPlainTextIsNamedAndNotPrintedRaw) {
  TextInput input;
  input.files["/sys/class/power_supply/BAT0/status"] = "\x1b[2J\xff\n";
  const auto sensor = MakePowerSensor(InPlace(), input);
  const Seen seen = ReadOnce(*sensor);
  EXPECT_EQ(Message(seen.status),
            "/sys/class/power_supply/BAT0/status has '\\x1b[2J\\xff', which is not plain UTF-8");
  EXPECT_EQ(seen["hw.status{hw.id=BAT0,hw.type=power_supply}"], Value());
}

TEST(HwmonTest, EachKindOfFileIsASeriesOfItsOwn) {
  TextInput input;
  AddChip(input, 0, "lm75", "1-0048", "21500");
  input.files[kHwmon + "0/temp1_max"] = "80000\n";
  input.files[kHwmon + "0/temp1_label"] = "inlet\n";
  AddChip(input, 2, "nct6775", "nct6775.656", "30000");
  for (const auto& [name, text] :
       {std::pair("fan1_input", "1200\n"), std::pair("in0_input", "3312\n"),
        std::pair("power1_input", "15250000\n"), std::pair("energy1_input", "5000000\n"),
        std::pair("temp_input", "1\n")}) {
    input.files[Cat(kHwmon, "2/", name)] = text;
  }
  const auto sensor = MakeHwmonSensor(InPlace(), input);
  const Seen seen = ReadOnce(*sensor);
  EXPECT_TRUE(seen.status.ok()) << seen.status;
  EXPECT_EQ(seen["hw.temperature{hw.id=lm75.1-0048/temp1,hw.name=lm75,hw.sensor_location=inlet}"],
            Value(21.5));
  EXPECT_EQ(seen["hw.temperature.limit{hw.id=lm75.1-0048/temp1,hw.limit_type=high.degraded,"
                 "hw.name=lm75,hw.sensor_location=inlet}"],
            Value(80.0));
  const std::string chip = "{hw.id=nct6775.nct6775.656/";
  EXPECT_EQ(seen["hw.fan.speed" + chip + "fan1,hw.name=nct6775}"], Value(int64_t{1200}));
  EXPECT_EQ(seen["hw.voltage" + chip + "in0,hw.name=nct6775}"], Value(3.312));
  EXPECT_EQ(seen["hw.power" + chip + "power1,hw.name=nct6775}"], Value(15.25));
  EXPECT_EQ(seen["hw.energy" + chip + "energy1,hw.name=nct6775}"], Value(5.0));
  EXPECT_EQ(seen.values.size(), 7u);
}

TEST(HwmonTest, ChipsOfOneNameKeepTheirValuesInWhateverOrderTheyAreFound) {
  TextInput before;
  AddChip(before, 0, "lm75", "1-0048", "21500");
  AddChip(before, 1, "lm75", "1-0049", "35000");
  TextInput after;
  AddChip(after, 1, "lm75", "1-0048", "21500");
  AddChip(after, 0, "lm75", "1-0049", "35000");
  for (TextInput* input : {&before, &after}) {
    const auto sensor = MakeHwmonSensor(InPlace(), *input);
    const Seen seen = ReadOnce(*sensor);
    EXPECT_EQ(seen[Temperature("lm75.1-0048", "lm75")], Value(21.5));
    EXPECT_EQ(seen[Temperature("lm75.1-0049", "lm75")], Value(35.0));
    EXPECT_EQ(seen.values.size(), 2u);
  }
}

TEST(HwmonTest, AChipThatIsPluggedInRenamesNoOtherOfItsName) {
  TextInput input;
  AddChip(input, 3, "lm75", "1-0048", "21500");
  const auto sensor = MakeHwmonSensor(InPlace(), input);
  EXPECT_EQ(ReadOnce(*sensor, 1)[Temperature("lm75.1-0048", "lm75")], Value(21.5));
  AddChip(input, 0, "lm75", "1-0049", "35000");
  const Seen seen = ReadOnce(*sensor, 62);
  EXPECT_EQ(seen[Temperature("lm75.1-0048", "lm75")], Value(21.5));
  EXPECT_EQ(seen[Temperature("lm75.1-0049", "lm75")], Value(35.0));
}

TEST(HwmonTest, ADiskIsCalledByThePlaceOnItsBusAndNotByTheNumberItGot) {
  TextInput input;
  AddChip(input, 0, "nvme", "nvme1", "40000");
  input.links[kHwmon + "0/device/device"] = "../../../0000:01:00.0";
  const auto sensor = MakeHwmonSensor(InPlace(), input);
  EXPECT_EQ(ReadOnce(*sensor)[Temperature("nvme.0000:01:00.0", "nvme")], Value(40.0));
}

TEST(HwmonTest, ChipsOfSoftwareAreCalledByTheirNameAndCountedInOrder) {
  TextInput input;
  AddChip(input, 2, "acpitz", "", "30000");
  AddChip(input, 10, "acpitz", "", "31000");
  AddChip(input, 1, "soc", "", "32000");
  const auto sensor = MakeHwmonSensor(InPlace(), input);
  const Seen seen = ReadOnce(*sensor);
  EXPECT_EQ(seen[Temperature("acpitz", "acpitz")], Value(30.0));
  EXPECT_EQ(seen[Temperature("acpitz.2", "acpitz")], Value(31.0));
  EXPECT_EQ(seen[Temperature("soc", "soc")], Value(32.0));
}

TEST(HwmonTest, ThermometersOnAOneWireBusAreLeftOut) {
  TextInput input;
  AddChip(input, 0, "w1_slave_temp", "28-0316a2795cff", "20000");
  const auto sensor = MakeHwmonSensor(InPlace(), input);
  EXPECT_TRUE(absl::IsNotFound(ReadOnce(*sensor, 1).status));
  AddChip(input, 1, "lm75", "1-0048", "21500");
  const Seen seen = ReadOnce(*sensor, 2);
  EXPECT_TRUE(seen.status.ok()) << seen.status;
  EXPECT_EQ(seen.values.size(), 1u);
}

TEST(HwmonTest, ValuesBeyondItsBoundAreCountedAndTheFirstIsNamed) {
  TextInput input;
  AddChip(input, 0, "big", "1-0048", "21500");
  for (int i = 0; i < 514; ++i) input.files[Cat(kHwmon, "0/in", 1000 + i, "_input")] = "1";
  const auto sensor = MakeHwmonSensor(InPlace(), input);
  for (uint64_t tick = 1; tick <= 2; ++tick) {
    const Seen seen = ReadOnce(*sensor, tick);
    EXPECT_EQ(Message(seen.status),
              Cat("more than 512 values; 3 not read; the first: ", kHwmon, "0/in1512_input"));
    EXPECT_EQ(seen.values.size(), 512u);
    EXPECT_EQ(sensor->refused(), 3 * tick);
  }
}

TEST(HardwareSensorTest, WhatAMachineHasNotIsAnErrorOfEachReadingUntilItIsThere) {
  TextInput input;
  struct {
    std::unique_ptr<Sensor> sensor;
    std::string what;
    std::string file;
  } each[] = {
      {MakeThermalSensor(InPlace(), input), "thermal zone",
       "/sys/class/thermal/thermal_zone0/temp"},
      {MakeHwmonSensor(InPlace(), input), "hwmon chip", kHwmon + "0/temp1_input"},
      {MakePowerSensor(InPlace(), input), "power supply", "/sys/class/power_supply/AC/online"},
      {MakeWearSensor(InPlace(), input), "eMMC", "/sys/block/mmcblk0/device/pre_eol_info"}};
  for (auto& [sensor, what, file] : each) {
    for (uint64_t tick = 1; tick <= 3; ++tick) {
      const Status status = ReadOnce(*sensor, tick).status;
      EXPECT_TRUE(absl::IsNotFound(status)) << status;
      EXPECT_NE(Message(status).find(what), std::string::npos) << status;
    }
    input.files[file] = "0x1";
    if (what != "eMMC") input.files[file] = "1";
    const Seen seen = ReadOnce(*sensor, 4);
    EXPECT_TRUE(seen.status.ok()) << seen.status;
    EXPECT_EQ(seen.values.size(), 1u) << what;
  }
}

TEST(HardwareSensorTest, AFolderThatCannotBeListedNowTakesNoSeriesAway) {
  TextInput input;
  AddChip(input, 0, "lm75", "1-0048", "21500");
  const auto sensor = MakeHwmonSensor(InPlace(), input);
  ReadOnce(*sensor, 1);
  input.lists = Error(StatusCode::kResourceExhausted, "list: too many open files");
  const Seen seen = ReadOnce(*sensor, 62);
  EXPECT_TRUE(absl::IsResourceExhausted(seen.status)) << seen.status;
  EXPECT_EQ(seen[Temperature("lm75.1-0048", "lm75")], Value(21.5));
}

}  // namespace
}  // namespace godwit::agent
