// Decides whether the caller of a device's call is that device: by its certificate alone.
#pragma once

#include <cstdint>
#include <string>

#include "base/identity_map.h"
#include "base/identity_mode.h"
#include "base/status.h"
#include "collector/identity/caller.h"
#include "collector/identity/refused_callers.h"
#include "collector/statistics.h"
#include "platform/clock.h"

namespace godwit::collector {

// Thread-safe. What it refers to outlives it.
class IdentityGate {
 public:
  struct Dependencies {
    const Clock& clock;
    Statistics& statistics;
    RefusedCallers& refused;  // callers that are not who they say, in observe mode, too
  };

  IdentityGate(IdentityMode mode, IdentityMap map, Dependencies dependencies);

  // OK: the caller may speak as this device. kUnauthenticated: it has no certificate, or one that
  // names no device; kPermissionDenied: its certificate is another device's. Always OK unless the
  // mode is `required`. Messages are for the device's log and name the setting.
  [[nodiscard]] Status Admit(const Caller& caller, const std::string& device_id) const;

 private:
  Status Judge(const Caller& caller, const std::string& device_id) const;

  const IdentityMode mode_;
  const IdentityMap map_;
  const Dependencies dependencies_;
};

}  // namespace godwit::collector
