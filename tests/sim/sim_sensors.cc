#include "tests/sim/sim_sensors.h"

#include <algorithm>
#include <cmath>

#include "agent/sensors/factories.h"
#include "base/text.h"
#include "tests/sim/layout_rule.h"
#include "tests/sim/ledger.h"

namespace godwit::sim {
namespace {

// Many values of a few kinds from a tick's number alone.
uint64_t Scrambled(uint64_t number) {
  return (number * 0x9e3779b97f4a7c15) >> 40;
}

class MixedSensor final : public Sensor {
 public:
  MixedSensor() {
    Table table;
    table.series.push_back({.name = "sim.temperature", .unit = "Cel", .resolution = 0.01});
    table.series.push_back({.name = "sim.door", .kind = Kind::kState});
    table.series.push_back({.name = "sim.energy", .unit = "J", .kind = Kind::kCounter});
    groups_.push_back(std::move(table));
  }
  const std::vector<Table>& groups() const override { return groups_; }

  Status Read(const Tick& tick, Readings& readings) override {
    const uint64_t drawn = Scrambled(tick.number);
    if (drawn % 11 == 0) return Error(StatusCode::kInternal, "the sensor does not answer");
    readings[0][0] = 20 + std::sin(static_cast<double>(drawn));
    if (drawn % 3 != 0) readings[0][1] = drawn % 2 == 0 ? "open" : "closed";
    readings[0][2] = static_cast<int64_t>(tick.number * 1'000'000'007);
    return absl::OkStatus();
  }

 private:
  std::vector<Table> groups_;
};

class InterfaceSensor final : public Sensor {
 public:
  explicit InterfaceSensor(const Interfaces& interfaces) : interfaces_(interfaces) { Follow(); }
  const std::vector<Table>& groups() const override { return groups_; }
  uint64_t layout() const override { return layout_; }

  Status Read(const Tick& tick, Readings& readings) override {
    if (shown_ != interfaces_.names) {
      Follow();
      ++layout_;
      readings.assign(1, std::vector<Value>(groups_[0].series.size()));
    }
    for (size_t i = 0; i < readings[0].size(); ++i) {
      readings[0][i] = static_cast<int64_t>(tick.number * 1500 + i);
    }
    return absl::OkStatus();
  }

 private:
  void Follow() {
    shown_ = interfaces_.names;
    groups_.assign(1, {});
    for (const std::string& name : shown_) {
      groups_[0].series.push_back({.name = "sim.network.io",
                                   .unit = "By",
                                   .kind = Kind::kCounter,
                                   .attributes = {{"device", name}}});
    }
  }

  const Interfaces& interfaces_;
  std::vector<std::string> shown_;
  std::vector<Table> groups_;
  uint64_t layout_ = 0;
};

// It has a group, and no value of it can be read.
class MuteSensor final : public Sensor {
 public:
  explicit MuteSensor(const std::string& name)
      : groups_{Table{.series = {{.name = Cat("sim.", name)}}}} {}
  const std::vector<Table>& groups() const override { return groups_; }
  Status Read(const Tick&, Readings&) override {
    return Error(StatusCode::kInternal, "the sensor does not answer");
  }

 private:
  const std::vector<Table> groups_;
};

// Writes down each reading as it has to be sampled.
class WitnessedSensor final : public Sensor {
 public:
  struct Dependencies {
    Ledger& ledger;
    RunId run;
    const Clock& clock;
    std::shared_ptr<LayoutRule> rule;  // of all sensors of the run
  };

  WitnessedSensor(std::unique_ptr<Sensor> inner, size_t number, absl::Duration interval,
                  Dependencies dependencies)
      : inner_(std::move(inner)),
        number_(number),
        interval_(interval),
        deps_(std::move(dependencies)) {
    deps_.rule->Start(number_, inner_->groups()[0]);
  }
  const std::vector<Table>& groups() const override { return inner_->groups(); }
  uint64_t layout() const override { return inner_->layout(); }

  Status Read(const Tick& tick, Readings& readings) override {
    const Status status = inner_->Read(tick, readings);
    const Clock& clock = deps_.clock;
    LayoutRule::Row row =
        deps_.rule->Apply(number_, inner_->groups()[0], readings[0], clock.Boot());
    WitnessedReading reading{.values = std::move(row.values),
                             .at = clock.Boot(),
                             .wall_offset = clock.Wall() - absl::UnixEpoch() - clock.Boot(),
                             .wall_synchronised = clock.WallSynchronised(),
                             .interval = interval_};
    for (const Series& series : row.table.series) reading.resolutions.push_back(series.resolution);
    if (row.waits) deps_.ledger.LayoutWaited();
    deps_.ledger.ReadingTaken(deps_.run, IdOf(row.table), std::move(reading));
    return status;
  }

 private:
  // Hashing a table costs more than reading one.
  const TableId& IdOf(const Table& table) {
    if (id_.empty() || !(table == named_)) {
      named_ = table;
      id_ = TableIdOf(table);
    }
    return id_;
  }

  std::unique_ptr<Sensor> inner_;
  const size_t number_;
  const absl::Duration interval_;
  const Dependencies deps_;
  Table named_;
  TableId id_;
};

}  // namespace

void Interfaces::Change(SimScheduler& scheduler) {
  static constexpr const char* kNames[] = {"eth0", "wlan0", "wwan0", "usb0"};
  const std::string name = kNames[scheduler.Draw() % std::size(kNames)];
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    names.insert(std::upper_bound(names.begin(), names.end(), name), name);
  } else {
    names.erase(found);
  }
}

void Interfaces::Rename() {
  std::erase_if(names, [](const std::string& name) { return name.starts_with("veth"); });
  const std::string name = Cat("veth", ++renamed_);
  names.insert(std::upper_bound(names.begin(), names.end(), name), name);
}

SimSensors::SimSensors(Dependencies dependencies, RunId run)
    : deps_(dependencies), run_(run), rule_(std::make_shared<LayoutRule>()) {}

StatusOr<std::vector<agent::SampledSensor>> SimSensors::Make(
    const std::vector<SensorSettings>& settings) {
  std::vector<agent::SampledSensor> sensors;
  for (const SensorSettings& each : settings) {
    sensors.push_back({.name = Cat(each.type, "/", each.name),
                       .sensor = MakeSensor(each),
                       .interval = each.interval});
  }
  return sensors;
}

std::shared_ptr<Sensor> SimSensors::MakeSensor(const SensorSettings& settings) {
  const WitnessedSensor::Dependencies dependencies{deps_.ledger, run_, deps_.clock, rule_};
  const auto witnessed = [&](size_t number, std::unique_ptr<Sensor> sensor) {
    return std::make_shared<WitnessedSensor>(std::move(sensor), number, settings.interval,
                                             dependencies);
  };
  if (settings.name == "count") return witnessed(0, *agent::MakePatternSensor({.series = 2}));
  if (settings.name == "mixed") return witnessed(1, std::make_unique<MixedSensor>());
  if (settings.name == "interfaces") {
    return witnessed(2, std::make_unique<InterfaceSensor>(deps_.interfaces));
  }
  const auto mute = std::make_shared<MuteSensor>(settings.name);
  if (settings.name == "harmful") {
    harmful_ = mute;
    harmful_since_ = deps_.clock.Boot();
  }
  return mute;
}

bool SimSensors::IsEmptiedByReading(const std::string& name) const {
  return name == "pattern/slow" || name == "pattern/harmful";
}

bool SimSensors::Harms() const {
  return !harmful_.expired() && deps_.clock.Boot() - harmful_since_ > absl::Seconds(3);
}

}  // namespace godwit::sim
