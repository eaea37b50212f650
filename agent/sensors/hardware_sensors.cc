// thermal, hwmon, power and wear: what sysfs says of this machine's hardware, under OpenTelemetry's
// names (hw.*); ours begin with godwit. Layouts: Documentation/ABI/testing/sysfs-class-thermal,
// -hwmon, -power, and sysfs-block-device of the kernel.
#include <algorithm>
#include <map>
#include <set>

#include "agent/sensors/factories.h"
#include "agent/sensors/source_sensor.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr double kMilli = 0.001;
constexpr double kMicro = 0.000'001;

std::vector<std::string> NamesIn(SensorInput& input, const std::string& folder,
                                 std::string_view prefix) {
  const auto names = input.List(folder);
  std::vector<std::string> out;
  if (!names.ok()) return out;
  for (const std::string& name : *names) {
    if (name.starts_with(prefix)) out.push_back(name);
  }
  return out;
}

Series Gauge(const char* name, const char* unit, Attributes attributes) {
  return {.name = name, .unit = unit, .kind = Kind::kGauge, .attributes = std::move(attributes)};
}

// thermal_zone*: its type is the name of what is measured.
std::vector<Source> FindThermal(SensorInput& input) {
  const std::string folder = "/sys/class/thermal";
  std::vector<Source> out;
  for (const std::string& zone : NamesIn(input, folder, "thermal_zone")) {
    const std::string path = Cat(folder, "/", zone);
    Attributes attributes = {{"hw.id", zone}, {"hw.type", "temperature"}};
    const std::string type = FirstLine(input, path + "/type");
    if (!type.empty()) attributes["hw.name"] = type;
    out.push_back({.path = path + "/temp",
                   .series = Gauge("hw.temperature", "Cel", std::move(attributes)),
                   .scale = kMilli});
  }
  return out;
}

// What hwmon's files are called: <kind><number>_<item>.
struct HwmonFile {
  const char* kind;
  const char* item;
  const char* metric;
  const char* unit;
  Kind series_kind;
  double scale;
  const char* limit;  // hw.limit_type, of a limit
};
constexpr HwmonFile kHwmonFiles[] = {
    {"curr", "input", "godwit.hw.current", "A", Kind::kGauge, kMilli, ""},
    {"energy", "input", "hw.energy", "J", Kind::kCounter, kMicro, ""},
    {"fan", "input", "hw.fan.speed", "rpm", Kind::kGauge, 1, ""},
    {"humidity", "input", "godwit.hw.humidity", "%", Kind::kGauge, kMilli, ""},
    {"in", "input", "hw.voltage", "V", Kind::kGauge, kMilli, ""},
    {"in", "lcrit_alarm", "godwit.power.undervoltage", "1", Kind::kGauge, 1, ""},
    {"power", "input", "hw.power", "W", Kind::kGauge, kMicro, ""},
    {"temp", "crit", "hw.temperature.limit", "Cel", Kind::kGauge, kMilli, "high.critical"},
    {"temp", "input", "hw.temperature", "Cel", Kind::kGauge, kMilli, ""},
    {"temp", "max", "hw.temperature.limit", "Cel", Kind::kGauge, kMilli, "high.degraded"},
};

// "temp12_input" as temp, 12, input.
const HwmonFile* HwmonFileOf(std::string_view name, std::string& number) {
  for (const HwmonFile& file : kHwmonFiles) {
    const std::string_view kind = file.kind;
    if (!name.starts_with(kind)) continue;
    const size_t line = name.find('_');
    if (line == std::string_view::npos || name.substr(line + 1) != file.item) continue;
    number = name.substr(kind.size(), line - kind.size());
    const bool digits = number.find_first_not_of("0123456789") == std::string::npos;
    if (digits && !number.empty()) return &file;
  }
  return nullptr;
}

// A chip is called by its name; of several with one name, each by its number too.
std::map<std::string, std::string> ChipIds(SensorInput& input, const std::string& folder) {
  std::map<std::string, std::string> ids;
  std::map<std::string, int> count;
  for (const std::string& chip : NamesIn(input, folder, "hwmon")) {
    std::string name = FirstLine(input, Cat(folder, "/", chip, "/name"));
    if (name.empty()) name = chip;
    ++count[name];
    ids[chip] = std::move(name);
  }
  for (auto& [chip, name] : ids) {
    if (count[name] > 1) name += "." + chip;
  }
  return ids;
}

std::vector<Source> FindHwmonFiles(SensorInput& input, bool alarms) {
  const std::string folder = "/sys/class/hwmon";
  std::vector<Source> out;
  for (const auto& [chip, id] : ChipIds(input, folder)) {
    const std::string path = Cat(folder, "/", chip);
    for (const std::string& name : NamesIn(input, path, "")) {
      std::string number;
      const HwmonFile* file = HwmonFileOf(name, number);
      if (file == nullptr || std::string_view(file->item).ends_with("alarm") != alarms) continue;
      const std::string channel = Cat(file->kind, number);
      Attributes attributes = {{"hw.id", Cat(id, "/", channel)}, {"hw.name", id}};
      const std::string label = FirstLine(input, Cat(path, "/", channel, "_label"));
      if (!label.empty()) attributes["hw.sensor_location"] = label;
      if (*file->limit != '\0') attributes["hw.limit_type"] = file->limit;
      out.push_back({.path = Cat(path, "/", name),
                     .series = {.name = file->metric,
                                .unit = file->unit,
                                .kind = file->series_kind,
                                .attributes = std::move(attributes)},
                     .scale = file->scale});
    }
  }
  return out;
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

std::vector<Source> FindPower(SensorInput& input) {
  const std::string folder = "/sys/class/power_supply";
  std::vector<Source> out;
  for (const std::string& supply : NamesIn(input, folder, "")) {
    const std::string path = Cat(folder, "/", supply);
    const std::vector<std::string> names = NamesIn(input, path, "");
    const bool battery = FirstLine(input, path + "/type") == "Battery";
    for (const SupplyFile& file : kSupplyFiles) {
      if (std::find(names.begin(), names.end(), file.name) == names.end()) continue;
      out.push_back(
          {.path = Cat(path, "/", file.name),
           .series = {.name = file.metric,
                      .unit = file.unit,
                      .kind = file.form == SourceForm::kText ? Kind::kState : Kind::kGauge,
                      .attributes = {{"hw.id", supply},
                                     {"hw.type", battery ? "battery" : "power_supply"}}},
           .form = file.form,
           .scale = file.scale});
    }
  }
  // A Raspberry Pi tells of too low a voltage by an alarm of its hwmon chip.
  for (Source& source : FindHwmonFiles(input, /*alarms=*/true)) out.push_back(std::move(source));
  return out;
}

// eMMC tells in tenths how much of its life is used: 0x01 is up to 10 %, 0x0B more than 100 %; of
// the two kinds of its cells (JESD84-B51, DEVICE_LIFE_TIME_EST_TYP_A and _B).
std::vector<Source> FindWear(SensorInput& input) {
  std::vector<Source> out;
  for (const std::string& disk : NamesIn(input, "/sys/block", "mmcblk")) {
    const std::string device = Cat("/sys/block/", disk, "/device");
    const std::vector<std::string> names = NamesIn(input, device, "");
    const auto has = [&](const char* name) {
      return std::find(names.begin(), names.end(), name) != names.end();
    };
    if (has("life_time")) {
      for (const size_t type : {0, 1}) {
        out.push_back({.path = device + "/life_time",
                       .series = Gauge("hw.physical_disk.endurance_utilization", "1",
                                       {{"hw.id", disk}, {"godwit.cells", type == 0 ? "a" : "b"}}),
                       .form = SourceForm::kHexadecimal,
                       .scale = 0.1,
                       .word = type});
      }
    }
    // 1: normal, 2: 80 % of the spare blocks used, 3: 90 %.
    if (has("pre_eol_info")) {
      out.push_back({.path = device + "/pre_eol_info",
                     .series = Gauge("godwit.hw.end_of_life", "1", {{"hw.id", disk}}),
                     .form = SourceForm::kHexadecimal});
    }
  }
  return out;
}

}  // namespace

std::unique_ptr<Sensor> MakeThermalSensor(const Attributes& attributes, SensorInput& input) {
  return MakeSourceSensor(input, FindThermal, attributes);
}

std::unique_ptr<Sensor> MakeHwmonSensor(const Attributes& attributes, SensorInput& input) {
  return MakeSourceSensor(
      input, [](SensorInput& in) { return FindHwmonFiles(in, /*alarms=*/false); }, attributes);
}

std::unique_ptr<Sensor> MakePowerSensor(const Attributes& attributes, SensorInput& input) {
  return MakeSourceSensor(input, FindPower, attributes);
}

std::unique_ptr<Sensor> MakeWearSensor(const Attributes& attributes, SensorInput& input) {
  return MakeSourceSensor(input, FindWear, attributes);
}

std::unique_ptr<Sensor> MakeFileSensor(const FileOptions& options, SensorInput& input) {
  const Source source = {.path = options.path, .series = options.series, .scale = options.scale};
  return MakeSourceSensor(input, [source](SensorInput&) { return std::vector<Source>{source}; },
                          {});
}

}  // namespace godwit::agent
