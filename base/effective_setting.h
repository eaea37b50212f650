// A setting in force on a device, as reported to operators.
#pragma once

#include <string>

namespace godwit {

struct EffectiveSetting {
  std::string name;  // "batch.period", "sensors.exec.meter"
  std::string value;
  std::string origin;  // "default", "/etc/godwit/agent.toml:12", "revision 1f0c9a3e:4"
  friend bool operator==(const EffectiveSetting&, const EffectiveSetting&) = default;
};

}  // namespace godwit
