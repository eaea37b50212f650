// thermal, hwmon, power, wear and file: what sysfs says of this machine's hardware, under
// OpenTelemetry's names (hw.*); ours begin with godwit. Layouts:
// Documentation/ABI/testing/sysfs-class-thermal, -hwmon, -power, and sysfs-block-device of the
// kernel.
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/sensors/factories.h"
#include "agent/sensors/hwmon.h"
#include "agent/sensors/source_sensor.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr double kMilli = 0.001;
constexpr double kMicro = 0.000'001;

// Where there is none, the reading says what it looked for.
StatusOr<std::vector<Source>> AtLeastOne(std::vector<Source> sources, std::string_view what) {
  if (sources.empty()) return Error(StatusCode::kNotFound, Cat("this machine has no ", what));
  return sources;
}

bool Has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Series Gauge(const char* name, const char* unit, Attributes attributes) {
  return {.name = name, .unit = unit, .kind = Kind::kGauge, .attributes = std::move(attributes)};
}

// thermal_zone*: its type is the name of what is measured.
StatusOr<std::vector<Source>> FindThermal(SensorInput& input) {
  const std::string folder = "/sys/class/thermal";
  std::vector<Source> out;
  GODWIT_ASSIGN_OR_RETURN(const auto zones, NamesIn(input, folder));
  for (const std::string& zone : zones) {
    if (!zone.starts_with("thermal_zone")) continue;
    const std::string path = Cat(folder, "/", zone);
    Attributes attributes = {{"hw.id", zone}, {"hw.type", "temperature"}};
    const std::string type = FirstLine(input, path + "/type");
    if (!type.empty()) attributes["hw.name"] = type;
    out.push_back({.path = path + "/temp",
                   .series = Gauge("hw.temperature", "Cel", std::move(attributes)),
                   .scale = kMilli,
                   .device = zone});
  }
  return AtLeastOne(std::move(out), "thermal zone (/sys/class/thermal)");
}

StatusOr<std::vector<Source>> FindHwmon(SensorInput& input) {
  GODWIT_ASSIGN_OR_RETURN(auto out, FindHwmonFiles(input, HwmonKind::kInputs));
  return AtLeastOne(std::move(out),
                    "hwmon chip with a value, not counting 1-Wire (/sys/class/hwmon)");
}

struct SupplyFile {
  const char* name;
  const char* metric;
  const char* unit;
  SourceForm form;
  double scale;
};
constexpr SupplyFile kSupplyFiles[] = {
    {"capacity", "hw.battery.charge", "1", SourceForm::kNumber, 0.01},
    {"current_now", "godwit.hw.current", "A", SourceForm::kNumber, kMicro},
    {"online", "godwit.power.online", "1", SourceForm::kNumber, 1},
    {"power_now", "hw.power", "W", SourceForm::kNumber, kMicro},
    {"status", "hw.status", "", SourceForm::kText, 1},
    {"time_to_empty_now", "hw.battery.time_left", "s", SourceForm::kNumber, 1},
    {"voltage_now", "hw.voltage", "V", SourceForm::kNumber, kMicro},
};

StatusOr<std::vector<Source>> FindPower(SensorInput& input) {
  const std::string folder = "/sys/class/power_supply";
  std::vector<Source> out;
  GODWIT_ASSIGN_OR_RETURN(const auto supplies, NamesIn(input, folder));
  for (const std::string& supply : supplies) {
    const std::string path = Cat(folder, "/", supply);
    GODWIT_ASSIGN_OR_RETURN(const auto names, NamesIn(input, path));
    const bool battery = FirstLine(input, path + "/type") == "Battery";
    for (const SupplyFile& file : kSupplyFiles) {
      if (!Has(names, file.name)) continue;
      out.push_back(
          {.path = Cat(path, "/", file.name),
           .series = {.name = file.metric,
                      .unit = file.unit,
                      .kind = file.form == SourceForm::kText ? Kind::kState : Kind::kGauge,
                      .attributes = {{"hw.id", supply},
                                     {"hw.type", battery ? "battery" : "power_supply"}}},
           .form = file.form,
           .scale = file.scale,
           .device = supply});
    }
  }
  // A Raspberry Pi reports too low a voltage by an alarm of its hwmon chip.
  GODWIT_ASSIGN_OR_RETURN(auto alarms, FindHwmonFiles(input, HwmonKind::kAlarms));
  for (Source& source : alarms) out.push_back(std::move(source));
  return AtLeastOne(std::move(out),
                    "power supply (/sys/class/power_supply) and no undervoltage alarm");
}

// eMMC says in tenths how much of its life is used: 0x01 is up to 10 %, 0x0B more than 100 %; of
// the two kinds of its cells (JESD84-B51, DEVICE_LIFE_TIME_EST_TYP_A and _B).
StatusOr<std::vector<Source>> FindWear(SensorInput& input) {
  std::vector<Source> out;
  GODWIT_ASSIGN_OR_RETURN(const auto disks, NamesIn(input, "/sys/block"));
  for (const std::string& disk : disks) {
    if (!disk.starts_with("mmcblk")) continue;
    const std::string device = Cat("/sys/block/", disk, "/device");
    GODWIT_ASSIGN_OR_RETURN(const auto names, NamesIn(input, device));
    for (const size_t type : {0, 1}) {
      if (!Has(names, "life_time")) break;
      out.push_back({.path = device + "/life_time",
                     .series = Gauge("hw.physical_disk.endurance_utilization", "1",
                                     {{"hw.id", disk}, {"godwit.cells", type == 0 ? "a" : "b"}}),
                     .form = SourceForm::kHexadecimal,
                     .scale = 0.1,
                     .word = type,
                     .device = disk});
    }
    // 1: normal, 2: 80 % of the spare blocks used, 3: 90 %.
    if (Has(names, "pre_eol_info")) {
      out.push_back({.path = device + "/pre_eol_info",
                     .series = Gauge("godwit.hw.end_of_life", "1", {{"hw.id", disk}}),
                     .form = SourceForm::kHexadecimal,
                     .device = disk});
    }
  }
  return AtLeastOne(std::move(out), "eMMC that reports its wear (/sys/block)");
}

}  // namespace

std::unique_ptr<Sensor> MakeThermalSensor(const DeviceOptions& options, SensorInput& input) {
  return MakeSourceSensor(input, FindThermal, options.attributes, options.lanes);
}

std::unique_ptr<Sensor> MakeHwmonSensor(const DeviceOptions& options, SensorInput& input) {
  return MakeSourceSensor(input, FindHwmon, options.attributes, options.lanes);
}

std::unique_ptr<Sensor> MakePowerSensor(const DeviceOptions& options, SensorInput& input) {
  return MakeSourceSensor(input, FindPower, options.attributes, options.lanes);
}

std::unique_ptr<Sensor> MakeWearSensor(const DeviceOptions& options, SensorInput& input) {
  return MakeSourceSensor(input, FindWear, options.attributes, options.lanes);
}

std::unique_ptr<Sensor> MakeFileSensor(const FileOptions& options, SensorInput& input) {
  const Source source = {
      .path = options.path, .series = options.series, .scale = options.scale, .follow_name = true};
  return MakeSourceSensor(input, [source](SensorInput&) { return std::vector<Source>{source}; }, {},
                          {});
}

}  // namespace godwit::agent
