#include "agent/sensor_assembly.h"

#include <map>

#include "agent/limits.h"
#include "agent/sensors/factories.h"
#include "base/text.h"
#include "platform/linux/blocking_worker.h"
#include "platform/linux/udp_receiver.h"

namespace godwit::agent {
namespace {

// A program has this long to end when its time is over, before its sensor is given up.
constexpr absl::Duration kProgramGrace = absl::Seconds(3);

// One that could not be made: it has no series, and an error for whoever looks.
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
using MakeOne = Made (*)(const SensorSettings& settings, const SensorWorld& world);

Made MakeSystem(const SensorSettings& settings, const SensorWorld& world) {
  const SettingValues& own = settings.own;
  return MakeSystemSensor(
      {.include = own.Strings("include"),
       .per_core = own.Bool("cpu.per_core"),
       .disks = {own.Strings("disk.include"), own.Strings("disk.exclude")},
       .mount_points = {own.Strings("filesystem.include"), own.Strings("filesystem.exclude")},
       .exclude_types = own.Strings("filesystem.exclude_types"),
       .interfaces = {own.Strings("network.include"), own.Strings("network.exclude")},
       .attributes = settings.attributes},
      world.input);
}

Made MakeFile(const SensorSettings& settings, const SensorWorld& world) {
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
                        world.input);
}

Made MakeExec(const SensorSettings& settings, const SensorWorld& world) {
  const SettingValues& own = settings.own;
  return MakeExecSensor({.command = own.Strings("command"),
                         .json = own.String("format") == "json",
                         .environment = own.Map("environment"),
                         .deadline = settings.timeout,
                         .max_series = static_cast<size_t>(own.Integer("max_series")),
                         .attributes = settings.attributes},
                        world.programs);
}

Made MakeStatsd(const SensorSettings& settings, const SensorWorld&) {
  return MakeStatsdSensor({.max_series = static_cast<size_t>(settings.own.Integer("max_series")),
                           .attributes = settings.attributes},
                          [address = settings.own.String("listen")](TakeDatagram take) {
                            return ReceiveUdp(address, std::move(take));
                          });
}

Made MakeReplay(const SensorSettings& settings, const SensorWorld& world) {
  GODWIT_ASSIGN_OR_RETURN(auto recording, world.files.Open(settings.own.String("path")));
  return MakeReplaySensor(
      {.repeat = settings.own.Bool("repeat"), .attributes = settings.attributes},
      std::move(recording));
}

Made MakePattern(const SensorSettings& settings, const SensorWorld&) {
  const SettingValues& own = settings.own;
  const std::string& shape = own.String("shape");
  return MakePatternSensor({.series = static_cast<uint32_t>(own.Integer("series")),
                            .shape = shape == "sine"     ? PatternShape::kSine
                                     : shape == "square" ? PatternShape::kSquare
                                                         : PatternShape::kCount,
                            .resolution = own.Number("resolution"),
                            .attributes = settings.attributes});
}

struct SensorType {
  MakeOne make;
  bool blocks;  // is read on a worker of its own
};

const std::map<std::string, SensorType>& Types() {
  static const std::map<std::string, SensorType> types = {
      {"system", {MakeSystem, false}},
      {"agent",
       {[](const SensorSettings& settings, const SensorWorld& world) -> Made {
          return MakeAgentSensor(settings.attributes, world.figures, world.input);
        },
        false}},
      {"thermal",
       {[](const SensorSettings& settings, const SensorWorld& world) -> Made {
          return MakeThermalSensor(settings.attributes, world.input);
        },
        true}},
      {"hwmon",
       {[](const SensorSettings& settings, const SensorWorld& world) -> Made {
          return MakeHwmonSensor(settings.attributes, world.input);
        },
        true}},
      {"power",
       {[](const SensorSettings& settings, const SensorWorld& world) -> Made {
          return MakePowerSensor(settings.attributes, world.input);
        },
        true}},
      {"wear",
       {[](const SensorSettings& settings, const SensorWorld& world) -> Made {
          return MakeWearSensor(settings.attributes, world.input);
        },
        true}},
      {"file", {MakeFile, true}},
      {"exec", {MakeExec, true}},
      {"statsd", {MakeStatsd, false}},
      {"replay", {MakeReplay, false}},
      {"pattern", {MakePattern, false}}};
  return types;
}

std::shared_ptr<Sensor> MakeSensor(const SensorSettings& settings, const SensorWorld& world) {
  auto made = Types().at(settings.type).make(settings, world);
  if (made.ok()) return *std::move(made);
  return std::make_shared<BrokenSensor>(made.status());
}

}  // namespace

bool IsEmptiedByReading(const std::string& name) {
  return name.starts_with("statsd/");
}

StatusOr<std::vector<SampledSensor>> MakeSensors(const std::vector<SensorSettings>& settings,
                                                 const SensorWorld& world) {
  std::vector<SampledSensor> sensors;
  size_t groups = 0;
  for (const SensorSettings& entry : settings) {
    if (!entry.enabled) continue;
    SampledSensor sampled{.name = Cat(entry.type, "/", entry.name),
                          .sensor = MakeSensor(entry, world),
                          .interval = entry.interval,
                          .timeout = entry.timeout};
    if (entry.type == "exec") sampled.timeout += kProgramGrace;
    if (Types().at(entry.type).blocks) {
      sampled.worker = [worker = std::make_shared<BlockingWorker>(entry.name)](
                           Executor::Task task) { worker->Post(std::move(task)); };
    }
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
