#include "agent/uplink/device_report.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "agent/limits.h"
#include "base/checksum.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

// Before that, a rate is that of the first batch.
constexpr absl::Duration kRateKnownAfter = absl::Minutes(2);
// The interval at which numbers that only grow are reported again.
constexpr absl::Duration kSensorReportInterval = absl::Hours(1);

std::string Bounded(std::string_view text) {
  return std::string(CutUtf8(text, kReportedTextBytesMax));
}

// What somebody should hear of at once. The first of what is lost, too, but not each.
uint64_t WhatMatters(const std::vector<SensorReport>& sensors) {
  std::string text;
  for (const SensorReport& sensor : sensors) {
    text += Cat(sensor.name, "\n", sensor.state, "\n", sensor.error, "\n");
    for (const SensorCounter& counter : kSensorCounters) {
      const uint64_t count = sensor.*counter.member;
      if (counter.reported == ReportedAtOnce::kEach) text += Cat(count, "\n");
      if (counter.reported == ReportedAtOnce::kFirst) text += Cat(count > 0, "\n");
    }
  }
  return Checksum(text);
}

}  // namespace

DeviceReporter::DeviceReporter(const Identity& identity, Sensors sensors, const Clock& clock)
    : settings_(identity.settings),
      sensors_(std::move(sensors)),
      clock_(clock),
      started_at_(clock.Boot()) {}

void DeviceReporter::SetSettings(std::vector<EffectiveSetting> settings) {
  settings_ = std::move(settings);
  settings_reported_ = false;
}

v1::DeviceReport DeviceReporter::InFull(const SpoolStats& stats) {
  v1::DeviceReport report = OfSpool(stats);
  AddSettings(report);
  AddSensors(sensors_(), report);
  AddClock(report);
  return report;
}

v1::DeviceReport DeviceReporter::Changes(const SpoolStats& stats) {
  v1::DeviceReport report = OfSpool(stats);
  if (!settings_reported_) AddSettings(report);
  const std::vector<SensorReport> sensors = sensors_();
  const bool due = clock_.Boot() - sensors_reported_at_ >= kSensorReportInterval;
  if (due || WhatMatters(sensors) != sensors_reported_) AddSensors(sensors, report);
  if (clock_.WallSource() != wall_source_reported_) AddClock(report);
  return report;
}

v1::DeviceReport DeviceReporter::OfSpool(const SpoolStats& stats) const {
  v1::DeviceReport report;
  report.set_spool_bytes(stats.bytes);
  report.set_spool_bytes_max(stats.bound);
  const absl::Duration uptime = clock_.Boot() - started_at_;
  if (uptime >= kRateKnownAfter) {
    report.set_spool_bytes_per_day(static_cast<uint64_t>(
        static_cast<double>(stats.appended_bytes) * absl::FDivDuration(absl::Hours(24), uptime)));
  }
  report.set_waiting_records(stats.unsettled_records);
  report.set_disk(Bounded(DiskText(stats)));
  report.set_quarantined_copies(stats.quarantined_copies);
  return report;
}

void DeviceReporter::AddSettings(v1::DeviceReport& report) {
  for (const EffectiveSetting& effective : settings_) {
    if (report.settings_size() == static_cast<int>(kReportedSettingsMax)) break;
    v1::Setting& setting = *report.add_settings();
    setting.set_name(Bounded(effective.name));
    setting.set_value(Bounded(effective.value));
    setting.set_origin(Bounded(effective.origin));
  }
  settings_reported_ = true;
}

void DeviceReporter::AddClock(v1::DeviceReport& report) {
  wall_source_reported_ = clock_.WallSource();
  report.set_wall_source(std::string(NameOf(wall_source_reported_)));
  report.set_wall_synchronised(IsSynchronised(wall_source_reported_));
}

void DeviceReporter::AddSensors(const std::vector<SensorReport>& sensors,
                                v1::DeviceReport& report) {
  v1::SensorStates& states = *report.mutable_sensors();
  for (const SensorReport& sensor : sensors) {
    if (states.sensors_size() == static_cast<int>(kReportedSensorsMax)) break;
    v1::SensorState& state = *states.add_sensors();
    state.set_name(Bounded(sensor.name));
    state.set_state(Bounded(sensor.state));
    state.set_error(Bounded(sensor.error));
    PutSensorCounters(sensor, state);
  }
  sensors_reported_ = WhatMatters(sensors);
  sensors_reported_at_ = clock_.Boot();
}

}  // namespace godwit::agent
