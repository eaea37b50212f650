// What a device says of its own state, as the store keeps it; device.proto explains each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/effective_setting.h"
#include "base/sensor_counters.h"

namespace godwit::collector {

// How a sensor fares; device.proto explains each.
struct SensorState : SensorCounters {
  std::string name;
  std::string state;
  std::string error;
};

// What a device says of its own state.
struct DeviceReport {
  uint64_t spool_bytes = 0;
  uint64_t spool_bytes_max = 0;
  uint64_t spool_bytes_per_day = 0;  // 0: not known yet
  uint64_t waiting_records = 0;
  std::string disk;  // "ok", or what it does
  uint64_t quarantined_copies = 0;
  // Without secrets. Coming in, empty: as they were.
  std::vector<EffectiveSetting> settings;
  std::optional<std::vector<SensorState>> sensors;  // coming in, none: as they were
  // What keeps its wall clock right. Coming in, empty: as it was, and so is the device's own
  // DeviceFacts::wall_synchronised, which `wall_synchronised` replaces otherwise.
  std::string wall_source;
  bool wall_synchronised = false;
};

}  // namespace godwit::collector
