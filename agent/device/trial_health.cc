#include "agent/device/trial_health.h"

#include <algorithm>
#include <utility>

#include "agent/control/limits.h"
#include "agent/device/part_options.h"
#include "base/log.h"

namespace godwit::agent {
namespace {

TrialBounds BoundsBy(const AgentSettings& before) {
  return {.appended_bytes = std::max(kTrialBytesMin, before.spool_max_bytes / kTrialSpoolShare),
          .resident_bytes = before.remote_max_memory};
}

}  // namespace

TrialHealth::TrialHealth(const AgentSettings& before, std::vector<std::string> come,
                         Dependencies deps)
    : come_(std::move(come)),
      deps_(deps),
      watch_(BoundsBy(before), come_, Signs(), kTrialCheckInterval) {}

void TrialHealth::Start() {
  for (const std::string& name : come_) {
    if (!deps_.sensors.IsEmptiedByReading(name)) ReadOutOfTurn(name);
  }
}

Status TrialHealth::Check() {
  // One that failed may have failed by accident; its next tick may be an hour away.
  for (const std::string& name : come_) {
    const auto reading = readings_->find(name);
    if (reading == readings_->end() || reading->second.ok()) continue;
    readings_->erase(reading);  // until the next has ended: one at a time
    ReadOutOfTurn(name);
  }
  return watch_.Judge(Signs());
}

void TrialHealth::ReadOutOfTurn(const std::string& name) {
  const auto done = [readings = readings_, name](const Sampler::CheckResult& check) {
    (*readings)[name] = check.status;
  };
  const Status started = deps_.sampler.CheckSensor(name, done);
  if (!started.ok()) LogDebug(Message(started));
}

TrialSigns TrialHealth::Signs() const {
  return {.boot = deps_.clock.Boot(),
          .sensors = MakeSensorReports(deps_.sampler.Health()),
          .appended_bytes = deps_.spool.appended_bytes,
          .resident_bytes = deps_.memory.ResidentBytes(),
          .checks = *readings_};
}

}  // namespace godwit::agent
