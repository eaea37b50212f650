// Builds the device's report of its own state for each session and each upload. Settings and
// sensors are reported in full when a session opens, and later only when something about them has
// changed: an upload of a minute's samples should not be mostly about the device. The same goes for
// the source of time. Within kReportedSettingsMax, kReportedSensorsMax and kReportedTextBytesMax.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "agent/spool/spool.h"
#include "agent/uplink/options.h"
#include "platform/clock.h"
#include "proto/godwit/v1/device.pb.h"

namespace godwit::agent {

// Builds reports. Loop-confined.
class DeviceReporter {
 public:
  using Sensors = std::function<std::vector<SensorReport>()>;

  // `clock` outlives the reporter. The time now counts as the agent's start.
  DeviceReporter(const Identity& identity, Sensors sensors, const Clock& clock);

  // Sets the settings in force.
  void SetSettings(std::vector<EffectiveSetting> settings);

  v1::DeviceReport InFull(const SpoolStats& stats);
  v1::DeviceReport Changes(const SpoolStats& stats);

 private:
  v1::DeviceReport OfSpool(const SpoolStats& stats) const;
  void AddSettings(v1::DeviceReport& report);
  void AddClock(v1::DeviceReport& report);
  void AddSensors(const std::vector<SensorReport>& sensors, v1::DeviceReport& report);

  std::vector<EffectiveSetting> settings_;
  Sensors sensors_;
  const Clock& clock_;
  const absl::Duration started_at_;  // on the boot clock
  bool settings_reported_ = false;
  TimeSource wall_source_reported_ = TimeSource::kUnknown;
  uint64_t sensors_reported_ = 0;       // a hash of what is worth a new report
  absl::Duration sensors_reported_at_;  // on the boot clock
};

}  // namespace godwit::agent
