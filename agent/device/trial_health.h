// Checks whether a configuration on trial is in good health: reads its new sensors at extra times,
// and has TrialWatch judge the agent's state.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/control/trial_watch.h"
#include "agent/device/ports.h"
#include "agent/sampling/sampler.h"
#include "platform/clock.h"

namespace godwit::agent {

// Loop-confined.
class TrialHealth {
 public:
  // The dependencies. All of them outlive it.
  struct Dependencies {
    const Clock& clock;
    Sampler& sampler;
    SensorFactory& sensors;
    ProcessMemory& memory;
    const SpoolStats& spool;  // after the last record
  };

  // To be made before the sensors change. `before` are the settings in force; `come` are the
  // sensors, "type/name", that will be new or replaced.
  TrialHealth(const AgentSettings& before, std::vector<std::string> come, Dependencies deps);

  // Starts the checks. To be called once the new sensors run.
  void Start();
  // Checks the health; to be called every kTrialCheckInterval. OK: in good health; kUnavailable:
  // not yet; kAborted: it does harm, which the message names.
  [[nodiscard]] Status Check();

 private:
  // The results by sensor. Shared with readings that are under way.
  using Readings = std::map<std::string, Status>;

  void ReadOutOfTurn(const std::string& name);
  TrialSigns Signs() const;

  const std::vector<std::string> come_;
  Dependencies deps_;
  const std::shared_ptr<Readings> readings_ = std::make_shared<Readings>();
  TrialWatch watch_;
};

}  // namespace godwit::agent
