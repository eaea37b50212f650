// The options of the uplink.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/backoff.h"
#include "base/effective_setting.h"
#include "base/names.h"
#include "base/sensor_counters.h"

namespace godwit::agent {

struct Identity {
  std::string device_id;
  std::string device_name;
  std::map<std::string, std::string> labels;
  BootId boot_id;
  std::string agent_version;
  // The settings in force, to be shown to operators; without secrets and paths of keys.
  std::vector<EffectiveSetting> settings;
};

// The state of a sensor; device.proto explains each field.
struct SensorReport : SensorCounters {
  std::string name;
  std::string state;
  std::string error;
};

struct UploadOptions {
  absl::Duration stream_period = absl::Seconds(30);
  // The interval of records. A stream that would end before the next record is not kept open for
  // it: it ends after the last record in the spool.
  absl::Duration batch_period = absl::ZeroDuration();
  BackoffOptions backoff;
  // The store that records are sent to; with another store a session is for commands and
  // configurations only. Empty: any store.
  std::string only_store;
};

}  // namespace godwit::agent
