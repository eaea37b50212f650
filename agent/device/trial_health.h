// Whether what is on trial is in good health: reads the sensors that came with it out of turn, and
// has TrialWatch judge what the agent sees of itself.
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
  // All of them outlive it.
  struct Dependencies {
    const Clock& clock;
    Sampler& sampler;
    SensorFactory& sensors;
    ProcessMemory& memory;
    const SpoolStats& spool;  // after the last record
  };

  // Before the sensors change. `before`: the settings in force; `come`: the sensors, "type/name",
  // that will be new or made anew.
  TrialHealth(const AgentSettings& before, std::vector<std::string> come, Dependencies deps);

  // Once the new sensors run.
  void Start();
  // Every kTrialCheckInterval. OK: in good health; kUnavailable: not yet; kAborted: the harm it
  // does.
  [[nodiscard]] Status Check();

 private:
  // By sensor. Shared with readings that are under way.
  using Readings = std::map<std::string, Status>;

  void ReadOutOfTurn(const std::string& name);
  TrialSigns Signs() const;

  const std::vector<std::string> come_;
  Dependencies deps_;
  const std::shared_ptr<Readings> readings_ = std::make_shared<Readings>();
  TrialWatch watch_;
};

}  // namespace godwit::agent
