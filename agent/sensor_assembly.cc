#include "agent/sensor_assembly.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include "agent/limits.h"
#include "agent/sensors/factories.h"
#include "base/text.h"
#include "platform/linux/blocking_worker.h"
#include "platform/linux/udp_receiver.h"

namespace godwit::agent {
namespace {

// Time for a program to end after its timeout, before its sensor times out.
constexpr absl::Duration kProgramGrace = absl::Seconds(3);

// A sensor that could not be made: it has no series, and an error that a person can read.
class BrokenSensor final : public Sensor {
 public:
  explicit BrokenSensor(Status status) : status_(std::move(status)) {}
  const std::vector<Table>& groups() const override { return groups_; }
  Status Read(const Tick&, Readings&) override { return status_; }

 private:
  const Status status_;
  const std::vector<Table> groups_;
};

using Made = StatusOr<std::unique_ptr<Sensor>>;
using MakeOne = Made (*)(const SensorSettings& settings, const SensorDependencies& dependencies);

Made MakeSystem(const SensorSettings& settings, const SensorDependencies& dependencies) {
  const SettingValues& own = settings.own;
  return MakeSystemSensor(
      {.include = own.Strings("include"),
       .per_core = own.Bool("cpu.per_core"),
       .paging_every = static_cast<uint32_t>(own.Integer("paging.every")),
       .file_systems_every = static_cast<uint32_t>(own.Integer("filesystem.every")),
       .disks = {own.Strings("disk.include"), own.Strings("disk.exclude")},
       .mount_points = {own.Strings("filesystem.include"), own.Strings("filesystem.exclude")},
       .exclude_types = own.Strings("filesystem.exclude_types"),
       .interfaces = {own.Strings("network.include"), own.Strings("network.exclude")},
       .attributes = settings.attributes},
      dependencies.input);
}

Made MakeFile(const SensorSettings& settings, const SensorDependencies& dependencies) {
  const SettingValues& own = settings.own;
  const std::string& kind = own.String("kind");
  return MakeFileSensor({.path = own.String("path"),
                         .series = {.name = own.String("metric"),
                                    .unit = own.String("unit"),
                                    .kind = kind == "counter"  ? Kind::kCounter
                                            : kind == "updown" ? Kind::kUpDown
                                                               : Kind::kGauge,
                                    .attributes = settings.attributes,
                                    .resolution = own.Number("resolution")},
                         .scale = own.Number("scale")},
                        dependencies.input);
}

Made MakeExec(const SensorSettings& settings, const SensorDependencies& dependencies) {
  const SettingValues& own = settings.own;
  return MakeExecSensor({.command = own.Strings("command"),
                         .json = own.String("format") == "json",
                         .environment = own.Map("environment"),
                         .deadline = settings.timeout,
                         .max_series = static_cast<size_t>(own.Integer("max_series")),
                         .attributes = settings.attributes},
                        dependencies.programs);
}

Made MakeStatsd(const SensorSettings& settings, const SensorDependencies&) {
  return MakeStatsdSensor({.max_series = static_cast<size_t>(settings.own.Integer("max_series")),
                           .attributes = settings.attributes},
                          [address = settings.own.String("listen")](TakeDatagram take) {
                            return ReceiveUdp(address, std::move(take));
                          });
}

Made MakeAgent(const SensorSettings& settings, const SensorDependencies& dependencies) {
  return MakeAgentSensor(settings.attributes, dependencies.statistics, dependencies.input);
}

Made MakeReplay(const SensorSettings& settings, const SensorDependencies& dependencies) {
  GODWIT_ASSIGN_OR_RETURN(auto recording, dependencies.files.Open(settings.own.String("path")));
  return MakeReplaySensor(
      {.repeat = settings.own.Bool("repeat"), .attributes = settings.attributes},
      std::move(recording));
}

Made MakePattern(const SensorSettings& settings, const SensorDependencies&) {
  const SettingValues& own = settings.own;
  const std::string& shape = own.String("shape");
  return MakePatternSensor({.series = static_cast<uint32_t>(own.Integer("series")),
                            .shape = shape == "sine"     ? PatternShape::kSine
                                     : shape == "square" ? PatternShape::kSquare
                                                         : PatternShape::kCount,
                            .resolution = own.Number("resolution"),
                            .attributes = settings.attributes});
}

Lane LaneNamed(const std::string& name) {
  return [worker = std::make_shared<BlockingWorker>(name)](Executor::Task task) {
    worker->Post(std::move(task));
  };
}

// A part of the time to the next tick, and of the reading's deadline, that devices may take before
// the others' values go without theirs.
constexpr double kLaneWaitShare = 0.8;

DeviceOptions DeviceOptionsOf(const SensorSettings& settings) {
  return {.lanes = {.make_lane = [name = settings.name] { return LaneNamed(name); },
                    .wait = std::min(settings.interval, settings.timeout) * kLaneWaitShare,
                    .age_max = settings.timeout},
          .attributes = settings.attributes};
}

template <std::unique_ptr<Sensor> (*kMake)(const DeviceOptions& options, SensorInput& input)>
Made MakeDevices(const SensorSettings& settings, const SensorDependencies& dependencies) {
  return kMake(DeviceOptionsOf(settings), dependencies.input);
}

size_t OneGroup(const SensorSettings&) {
  return 1;
}
size_t GroupForEachPart(const SensorSettings& settings) {
  return settings.own.Strings("include").size();
}
size_t GroupsOfPattern(const SensorSettings& settings) {
  const auto series = static_cast<size_t>(settings.own.Integer("series"));
  return (series + kTableSeriesMax - 1) / kTableSeriesMax;
}

// What distinguishes a type of sensor, one row each.
struct SensorType {
  MakeOne make;
  // Its readings can block: they have a thread of their own.
  bool blocks = false;
  size_t (*groups)(const SensorSettings& settings) = OneGroup;
  // Time beyond the sensor's timeout until a reading times out.
  absl::Duration grace = absl::ZeroDuration();
  // It hands out what has come in since its last reading: a reading out of turn would lose it.
  bool emptied_by_reading = false;
};

const std::map<std::string, SensorType, std::less<>>& Types() {
  static const std::map<std::string, SensorType, std::less<>> types = {
      {"system", {.make = MakeSystem, .blocks = true, .groups = GroupForEachPart}},
      {"agent", {.make = MakeAgent}},
      {"thermal", {.make = MakeDevices<MakeThermalSensor>, .blocks = true}},
      {"hwmon", {.make = MakeDevices<MakeHwmonSensor>, .blocks = true}},
      {"power", {.make = MakeDevices<MakePowerSensor>, .blocks = true}},
      {"wear", {.make = MakeDevices<MakeWearSensor>, .blocks = true}},
      {"file", {.make = MakeFile, .blocks = true}},
      {"exec", {.make = MakeExec, .blocks = true, .grace = kProgramGrace}},
      {"statsd", {.make = MakeStatsd, .emptied_by_reading = true}},
      {"replay", {.make = MakeReplay, .blocks = true}},
      {"pattern", {.make = MakePattern, .groups = GroupsOfPattern}}};
  return types;
}

std::shared_ptr<Sensor> MakeSensor(const SensorSettings& settings,
                                   const SensorDependencies& dependencies) {
  auto made = Types().at(settings.type).make(settings, dependencies);
  if (made.ok()) return *std::move(made);
  return std::make_shared<BrokenSensor>(made.status());
}

}  // namespace

bool IsEmptiedByReading(const std::string& name) {
  const auto type = Types().find(std::string_view(name).substr(0, name.find('/')));
  return type != Types().end() && type->second.emptied_by_reading;
}

void CheckGroups(const std::vector<SensorSettings>& sensors, Problems& problems) {
  size_t groups = 0;
  for (const SensorSettings& sensor : sensors) {
    if (!sensor.enabled) continue;
    const size_t before = groups;
    groups += Types().at(sensor.type).groups(sensor);
    if (before > kDeviceGroupsMax || groups <= kDeviceGroupsMax) continue;
    problems.Add(sensor.own.PlaceOf("name"),
                 Cat("with sensor ", sensor.type, "/", sensor.name, ", more than ",
                     kDeviceGroupsMax, " groups on this device"),
                 "a sensor has one, sensors.system one for each part it includes");
  }
}

StatusOr<std::vector<SampledSensor>> MakeSensors(const std::vector<SensorSettings>& settings,
                                                 const SensorDependencies& dependencies) {
  Problems problems;
  CheckGroups(settings, problems);
  GODWIT_RETURN_IF_ERROR(problems.ToStatus());
  std::vector<SampledSensor> sensors;
  size_t groups = 0;
  for (const SensorSettings& entry : settings) {
    if (!entry.enabled) continue;
    const SensorType& type = Types().at(entry.type);
    SampledSensor sampled{.name = Cat(entry.type, "/", entry.name),
                          .sensor = MakeSensor(entry, dependencies),
                          .interval = entry.interval,
                          .timeout = entry.timeout + type.grace};
    if (type.blocks) sampled.worker = LaneNamed(entry.name);
    // A recording has more groups than one if it has more series than a table holds.
    groups += sampled.sensor->groups().size();
    if (groups > kDeviceGroupsMax) {
      return Error(StatusCode::kInvalidArgument, Cat("sensor ", sampled.name, ": more than ",
                                                     kDeviceGroupsMax, " groups on this device"));
    }
    sensors.push_back(std::move(sampled));
  }
  return sensors;
}

}  // namespace godwit::agent
