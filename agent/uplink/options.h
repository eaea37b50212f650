// What the uplink is told by the settings.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/backoff.h"
#include "base/effective_setting.h"
#include "base/names.h"

namespace godwit::agent {

struct Identity {
  std::string device_id;
  std::string device_name;
  std::map<std::string, std::string> labels;
  BootId boot_id;
  std::string agent_version;
  // What it runs with, for whoever looks at it from afar; no secrets, no paths of keys.
  std::vector<EffectiveSetting> settings;
};

// How a sensor fares; device.proto explains each.
struct SensorReport {
  std::string name;
  std::string state;
  std::string error;
  uint64_t readings = 0;
  uint64_t failures = 0;
  uint64_t timed_out = 0;
  uint64_t missed = 0;
  uint64_t series = 0;
  uint64_t not_sampled = 0;
  uint64_t refused = 0;
};

struct UploadOptions {
  absl::Duration stream_period = absl::Seconds(30);
  // How often a record comes. A stream that would be over before the next one is not kept open for
  // it: it ends behind the last record there is.
  absl::Duration batch_period = absl::ZeroDuration();
  BackoffOptions backoff;
  // Records go to this store alone; with another, a session is for commands and configurations.
  // Empty: to any.
  std::string only_store;
};

}  // namespace godwit::agent
