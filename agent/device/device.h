// The running device: samples, keeps the samples, uploads them, and takes commands and
// configurations. It constructs its parts over the ports and connects them; the parts decide.
//
// Threads: the loop (timers, sensors, state machines) and storage (encode, compress, append,
// fdatasync). The agent builds it over the real platform, the simulation over its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/control/configurator.h"
#include "agent/control/log_follower.h"
#include "agent/control/remote_control.h"
#include "agent/device/applied_settings.h"
#include "agent/device/connection.h"
#include "agent/device/device_start.h"
#include "agent/device/fallback_connection.h"
#include "agent/device/live.h"
#include "agent/device/own_files.h"
#include "agent/device/ports.h"
#include "agent/device/trial.h"
#include "agent/limits.h"
#include "agent/sampling/recorder.h"
#include "agent/sampling/sampler.h"
#include "platform/random.h"

namespace godwit::agent {

// The device. Loop-confined, except what the recorder calls on storage.
class Device final : private TrialHost {
 public:
  // The ports. All of them outlive the device. When the device is destroyed, `storage` must not run
  // any of its tasks any more: call StopSampling, then end storage, then destroy the device.
  struct Ports {
    const Clock& clock;
    Executor& loop;
    Executor& storage;
    Random& random;
    SettingsLoader& loader;
    SensorFactory& sensors;
    TransportFactory& transports;
    ProcessMemory& memory;
    RecordLog& log;
    DeviceProcess& process;
  };

  // `sensors` were made by `ports.sensors` from the settings.
  Device(DeviceStart start, std::vector<SampledSensor> sensors, Ports ports);

  // Samples on ticks, until Stop.
  void Start();
  // Samples once, uploads what is in the spool, and stops. To be called instead of Start.
  void RunOnce();
  // Seals what has been sampled so far, makes it durable and sends it.
  void Flush();
  // Reloads the device's own settings files.
  void Reload();
  // Stops the parts in the order of the data: the last batch is sealed, made durable, and sent, for
  // `drain` at most; then calls DeviceProcess::Stopped. A second call does not wait.
  void Stop(absl::Duration drain = kStopDrain);
  // Stops, and asks the process to start it again.
  void Restart();
  void NetworkChanged(bool address_gone) { connection_.NetworkChanged(address_gone); }
  // Removes the sensors. They are gone when it returns.
  void StopSampling() { sampler_.reset(); }

  const AgentSettings& settings() const { return applied_.settings(); }
  const ConfigurationState& configuration() const { return configurator_.state(); }
  // Returns why the device's own files are refused as they are now, or OK.
  const Status& own_files() const { return own_files_.status(); }
  const SpoolStats& spool_stats() const { return spool_stats_; }
  const Recorder& recorder() const { return recorder_; }
  const Commander& commander() const { return *commands_.commander; }
  Sampler& sampler() { return *sampler_; }
  Spool& spool() { return *spool_; }  // storage-confined
  Live& live() { return live_; }
  Connection& connection() { return connection_; }

 private:
  Recorder::Log RecordLogOf();
  void Record(SealedBatch sealed);
  void Appended();
  void Apply(AppliedSettings::Prepared prepared);
  void AwaitReadings();

  // TrialHost
  void Reconnect() override;
  void TrialEnded(TrialEnd end) override;
  void RestartLater() override;

  // The parts in order of construction; destroyed in the reverse order.
  Ports ports_;
  const std::unique_ptr<Spool> spool_;  // storage-confined
  SpoolStats spool_stats_;              // after the last record
  const Commands commands_;
  const std::unique_ptr<ConfigurationFile> configuration_file_;  // storage-confined
  DeviceReporter reporter_;
  Recorder recorder_;
  std::unique_ptr<Sampler> sampler_;
  AppliedSettings applied_;
  Trial trial_;
  Configurator configurator_;
  LogFollower log_follower_;
  RemoteControl remote_control_;
  Connection connection_;
  Live live_;
  FallbackConnection fallback_;
  OwnFiles own_files_;
  std::unique_ptr<Timer> timer_;  // until the start is a sound one; of RunOnce, between two checks
  bool stopping_ = false;
  bool restart_ = false;
};

}  // namespace godwit::agent
