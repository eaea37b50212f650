#include "agent/sensors/hwmon.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "agent/sensors/options.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr std::string_view kFolder = "/sys/class/hwmon";
constexpr double kMilli = 0.001;
constexpr double kMicro = 0.000'001;
// A chip of a disk is a device of its controller, which is one of a bus.
constexpr int kDeviceLinksMax = 4;

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

HwmonKind KindOf(const HwmonFile& file) {
  return std::string_view(file.item).ends_with("alarm") ? HwmonKind::kAlarms : HwmonKind::kInputs;
}

struct Chip {
  std::string path;
  std::string name;
  std::string id;
};

std::string_view LastPart(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

// What the chip is on its bus: "1-0048", "0000:01:00.0". A device that is one of a class ("nvme0",
// numbered as it was found) has a link to the device behind it in turn. Empty for a chip that is
// made by software only.
std::string DeviceOf(SensorInput& input, std::string path) {
  std::string device;
  for (int i = 0; i < kDeviceLinksMax; ++i) {
    path += "/device";
    const auto target = input.LinkTarget(path);
    if (!target.ok()) break;
    device = LastPart(*target);
  }
  return device;
}

// The id of a thermometer on a 1-Wire bus: "28-0316a2795cff", its family and its serial number.
bool IsOneWire(std::string_view device) {
  constexpr size_t kFamilyDigits = 2;
  constexpr size_t kSerialDigits = 12;
  const auto hexadecimal = [](std::string_view text) {
    return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  };
  return device.size() == kFamilyDigits + 1 + kSerialDigits && device[kFamilyDigits] == '-' &&
         hexadecimal(device.substr(0, kFamilyDigits)) &&
         hexadecimal(device.substr(kFamilyDigits + 1));
}

// "hwmon10" after "hwmon9".
std::vector<std::string> InOrderOfNumbers(std::vector<std::string> names) {
  std::erase_if(names, [](const std::string& name) { return !name.starts_with("hwmon"); });
  std::stable_sort(names.begin(), names.end(),
                   [](const auto& a, const auto& b) { return a.size() < b.size(); });
  return names;
}

// Of chips that nothing else distinguishes, the second is called ".2", the third ".3".
StatusOr<std::vector<Chip>> FindChips(SensorInput& input) {
  GODWIT_ASSIGN_OR_RETURN(const auto names, NamesIn(input, std::string(kFolder)));
  std::vector<Chip> chips;
  std::map<std::string, int> count;
  for (const std::string& entry : InOrderOfNumbers(names)) {
    Chip chip = {.path = Cat(kFolder, "/", entry)};
    const std::string device = DeviceOf(input, chip.path);
    if (IsOneWire(device)) continue;
    chip.name = FirstLine(input, chip.path + "/name");
    if (chip.name.empty()) chip.name = "hwmon";
    chip.id = device.empty() ? chip.name : Cat(chip.name, ".", device);
    if (const int before = count[chip.id]++; before > 0) chip.id += Cat(".", before + 1);
    chips.push_back(std::move(chip));
  }
  std::sort(chips.begin(), chips.end(), [](const Chip& a, const Chip& b) { return a.id < b.id; });
  return chips;
}

}  // namespace

StatusOr<std::vector<std::string>> NamesIn(SensorInput& input, const std::string& folder) {
  auto names = input.List(folder);
  if (absl::IsNotFound(names.status())) return std::vector<std::string>();
  return names;
}

StatusOr<std::vector<Source>> FindHwmonFiles(SensorInput& input, HwmonKind kind) {
  GODWIT_ASSIGN_OR_RETURN(const std::vector<Chip> chips, FindChips(input));
  std::vector<Source> out;
  for (const Chip& chip : chips) {
    GODWIT_ASSIGN_OR_RETURN(const auto names, NamesIn(input, chip.path));
    for (const std::string& name : names) {
      std::string number;
      const HwmonFile* file = HwmonFileOf(name, number);
      if (file == nullptr || KindOf(*file) != kind) continue;
      const std::string channel = Cat(file->kind, number);
      Attributes attributes = {{"hw.id", Cat(chip.id, "/", channel)}, {"hw.name", chip.name}};
      const std::string label = FirstLine(input, Cat(chip.path, "/", channel, "_label"));
      if (!label.empty()) attributes["hw.sensor_location"] = label;
      if (*file->limit != '\0') attributes["hw.limit_type"] = file->limit;
      out.push_back({.path = Cat(chip.path, "/", name),
                     .series = {.name = file->metric,
                                .unit = file->unit,
                                .kind = file->series_kind,
                                .attributes = std::move(attributes)},
                     .scale = file->scale,
                     .device = chip.id});
    }
  }
  return out;
}

}  // namespace godwit::agent
