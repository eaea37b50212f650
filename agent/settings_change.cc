#include "agent/settings_change.h"

#include <algorithm>

#include "base/text.h"

namespace godwit::agent {
namespace {

// The spool is open and belongs to an identity: neither changes under a running agent.
constexpr std::string_view kNeedsRestart[] = {"agent.id", "agent.state", "agent.max_series",
                                              "spool.path"};
constexpr std::string_view kUplink[] = {"agent.name", "agent.labels", "upload.", "tls."};

template <size_t N>
bool BeginsWithOneOf(std::string_view name, const std::string_view (&prefixes)[N]) {
  return std::any_of(std::begin(prefixes), std::end(prefixes),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

std::string NameOf(const SensorSettings& sensor) {
  return Cat(sensor.type, "/", sensor.name);
}

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
    if (BeginsWithOneOf(name, kNeedsRestart)) change.needs_restart.push_back(name);
    change.uplink |= BeginsWithOneOf(name, kUplink);
    change.batch |= name.starts_with("batch.");
    change.spool |= name.starts_with("spool.");
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
