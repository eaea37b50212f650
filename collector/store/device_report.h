// Defines a device's report of its own state as the store keeps it; device.proto explains each
// field.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/effective_setting.h"
#include "base/sensor_counters.h"

namespace godwit::collector {

// The state of a sensor; device.proto explains each field.
struct SensorState : SensorCounters {
  std::string name;
  std::string state;
  std::string error;
};

// A device's report of its own state.
struct DeviceReport {
  uint64_t spool_bytes = 0;
  uint64_t spool_bytes_max = 0;
  uint64_t spool_bytes_per_day = 0;  // 0: not known yet
  uint64_t waiting_records = 0;
  std::string disk;  // "ok", or what it does
  uint64_t quarantined_copies = 0;
  // The settings in force, without secrets. In a new report, empty: unchanged.
  std::vector<EffectiveSetting> settings;
  std::optional<std::vector<SensorState>> sensors;  // coming in, none: as they were
  // What synchronises its wall clock. In a new report, empty: unchanged, and so is
  // DeviceFacts::wall_synchronised, which `wall_synchronised` replaces otherwise.
  std::string wall_source;
  bool wall_synchronised = false;
};

}  // namespace godwit::collector
