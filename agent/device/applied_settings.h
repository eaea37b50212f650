// The settings that the device runs with, and the transaction by which others take their place:
// everything that can fail is done first, and what did not change is not disturbed.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "agent/device/ports.h"
#include "agent/device/settings_change.h"
#include "agent/sampling/sampler.h"
#include "agent/uplink/device_report.h"
#include "platform/executor.h"

namespace godwit::agent {

// Loop-confined.
class AppliedSettings {
 public:
  // All of them outlive it.
  struct Dependencies {
    SettingsLoader& loader;
    SensorFactory& sensors;
    Sampler& sampler;
    DeviceReporter& reporter;
    Spool& spool;  // storage-confined
    Executor& storage;
  };
  // Settings of which nothing can be refused any more.
  struct Prepared {
    AgentSettings settings;
    SettingsChange change;
    Identity identity;
    std::vector<SampledSensor> sensors;
    ChannelOptions channel;
    bool new_connection = false;
  };

  AppliedSettings(AgentSettings settings, ChannelOptions channel, Dependencies dependencies);

  // During a trial those of the sensors are the ones on trial.
  const AgentSettings& settings() const { return settings_; }
  // The connection that is confirmed.
  const ChannelOptions& channel() const { return channel_; }

  // Called before the sensors change.
  void OnSensorsChange(std::function<void()> task) { before_change_ = std::move(task); }

  // kFailedPrecondition: a setting changes with a restart only; kInvalidArgument: `wanted` does not
  // fit this machine.
  [[nodiscard]] StatusOr<Prepared> Prepare(AgentSettings wanted);
  // The same, for a caller that wants to know whether it would succeed; makes no sensor.
  [[nodiscard]] StatusOr<Prepared> PrepareAllButSensors(AgentSettings wanted);
  // For settings that were in force before: no file of settings is read, and nothing is checked.
  [[nodiscard]] StatusOr<Prepared> PrepareReturn(AgentSettings before, Identity identity);

  // The sensors and the batch period.
  void ApplySensors(Prepared prepared);
  void ApplySpoolBounds();
  void SetChannel(ChannelOptions channel) { channel_ = std::move(channel); }
  // At the interval that `sensor` has.
  [[nodiscard]] Status ReplaceSensor(const SensorSettings& sensor);

 private:
  AgentSettings settings_;
  ChannelOptions channel_;
  Dependencies deps_;
  std::function<void()> before_change_ = [] {};
};

}  // namespace godwit::agent
