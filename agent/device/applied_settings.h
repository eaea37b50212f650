// The settings in force on the device, and the transaction that replaces them: everything that can
// fail is done first, and parts whose settings did not change are not disturbed.
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
  // The dependencies. All of them outlive it.
  struct Dependencies {
    SettingsLoader& loader;
    SensorFactory& sensors;
    Sampler& sampler;
    DeviceReporter& reporter;
    Spool& spool;  // storage-confined
    Executor& storage;
  };
  // Settings that have been prepared: applying them cannot fail.
  struct Prepared {
    AgentSettings settings;
    SettingsChange change;
    Identity identity;
    std::vector<SampledSensor> sensors;
    ChannelOptions channel;
    bool new_connection = false;
  };

  AppliedSettings(AgentSettings settings, ChannelOptions channel, Dependencies dependencies);

  // Returns the settings in force. During a trial these are all settings on trial. Of those, only
  // the sensors and the batch period have been applied; the connection and the spool's bounds
  // follow when the trial holds.
  const AgentSettings& settings() const { return settings_; }
  // Returns the confirmed connection.
  const ChannelOptions& channel() const { return channel_; }

  // Sets a task to call before the sensors change.
  void OnSensorsChange(std::function<void()> task) { before_change_ = std::move(task); }

  // Prepares `wanted`. kFailedPrecondition: a setting changes only with a restart;
  // kInvalidArgument: `wanted` does not fit this machine.
  [[nodiscard]] StatusOr<Prepared> Prepare(AgentSettings wanted);
  // Prepares `wanted` without its sensors, as a check; errors as in Prepare. The result has no
  // sensors and must not be applied.
  [[nodiscard]] StatusOr<Prepared> PrepareAllButSensors(AgentSettings wanted);
  // Prepares settings that were in force before, with the confirmed connection. Reads no settings
  // file and checks nothing; fails only if a sensor cannot be made.
  [[nodiscard]] StatusOr<Prepared> PrepareReturn(AgentSettings before, Identity identity);

  // Applies the sensors and the batch period.
  void ApplySensors(Prepared prepared);
  // Applies the spool's bounds of settings(), later on `storage`. Does nothing if the device has no
  // identity.
  void ApplySpoolBounds();
  void SetChannel(ChannelOptions channel) { channel_ = std::move(channel); }
  // Makes a sensor with all settings of `sensor`, and replaces the running sensor of the same type
  // and name by it. settings() stays as it is. An error: it cannot be made, and nothing changed.
  [[nodiscard]] Status ReplaceSensor(const SensorSettings& sensor);

 private:
  AgentSettings settings_;
  ChannelOptions channel_;
  Dependencies deps_;
  std::function<void()> before_change_ = [] {};
};

}  // namespace godwit::agent
