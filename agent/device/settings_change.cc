#include "agent/device/settings_change.h"

#include <algorithm>

#include "agent/device/part_options.h"
#include "settings/schema.h"

namespace godwit::agent {
namespace {

const SensorSettings* Find(const std::vector<SensorSettings>& sensors,
                           const SensorSettings& wanted) {
  const auto found = std::find_if(sensors.begin(), sensors.end(), [&](const auto& sensor) {
    return sensor.enabled && NameOf(sensor) == NameOf(wanted);
  });
  return found == sensors.end() ? nullptr : &*found;
}

}  // namespace

SettingsChange Compare(const AgentSettings& now, const AgentSettings& wanted) {
  SettingsChange change;
  change.settings = ChangedSettings(now.checked, wanted.checked);
  for (const std::string& name : change.settings) {
    const SettingTraits traits = FindTraits(AgentSchema(), name).traits;
    if (traits.needs_restart) change.needs_restart.push_back(name);
    change.uplink |= traits.affects == Affects::kUplink;
    change.batch |= traits.affects == Affects::kBatch;
    change.spool |= traits.affects == Affects::kSpool;
  }
  for (const SensorSettings& sensor : now.sensors) {
    if (!sensor.enabled) continue;
    const SensorSettings* same = Find(wanted.sensors, sensor);
    if (same == nullptr || !(*same == sensor)) change.gone.push_back(NameOf(sensor));
  }
  for (const SensorSettings& sensor : wanted.sensors) {
    if (!sensor.enabled) continue;
    const SensorSettings* same = Find(now.sensors, sensor);
    if (same == nullptr || !(*same == sensor)) change.come.push_back(sensor);
  }
  return change;
}

}  // namespace godwit::agent
