// The sensors of a simulated device, with a witness beside each who writes down what it gave.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/device/ports.h"
#include "base/names.h"
#include "platform/clock.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::sim {

class Ledger;
class LayoutRule;

// The network interfaces of a device, by name; they outlive its agents.
struct Interfaces {
  std::vector<std::string> names = {"eth0", "wlan0"};
  // One goes, comes back, or gets another name.
  void Change(SimScheduler& scheduler);
  // One of a container goes, and that of another comes, with a name that never was before.
  void Rename();

 private:
  uint64_t renamed_ = 0;
};

inline constexpr size_t kSimSensors = 3;  // of one group each

// Makes the sensors of one run by their settings' names: "count"; "mixed", states, nulls and
// rounded numbers; "interfaces", a group that follows the device's. These are witnessed. And two
// that are not read while they are on trial: "slow", and "harmful", with which the process takes
// ever more memory.
class SimSensors final : public agent::SensorFactory {
 public:
  // All of it outlives the factory and what it makes.
  struct Dependencies {
    Ledger& ledger;
    const Clock& clock;
    const Interfaces& interfaces;
  };

  SimSensors(Dependencies dependencies, RunId run);

  StatusOr<std::vector<agent::SampledSensor>> Make(
      const std::vector<SensorSettings>& settings) override;
  bool IsEmptiedByReading(const std::string& name) const override;
  // Whether the harmful one has been there for seconds.
  bool Harms() const;

 private:
  std::shared_ptr<Sensor> MakeSensor(const SensorSettings& settings);

  const Dependencies deps_;
  const RunId run_;
  const std::shared_ptr<LayoutRule> rule_;  // of all sensors of the run
  std::weak_ptr<Sensor> harmful_;
  absl::Duration harmful_since_;
};

}  // namespace godwit::sim
