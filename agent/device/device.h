// The running device: samples, keeps what it sampled, uploads it, and takes commands and
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

// Loop-confined, but for what the recorder calls on storage.
class Device final : private TrialHost {
 public:
  // All of them outlive the device. `storage` must run nothing of the device's any more when that
  // is destroyed: StopSampling, then end storage, then destroy.
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

  // `sensors`: made by `ports.sensors` of the settings.
  Device(DeviceStart start, std::vector<SampledSensor> sensors, Ports ports);

  // Samples on ticks, until Stop.
  void Start();
  // Instead of Start: samples once, uploads what waits, and stops.
  void RunOnce();
  // What is sampled so far is sealed, made safe and sent.
  void Flush();
  // Takes up the device's own settings files.
  void Reload();
  // Ends upstream first: the last batch is sealed, then safe, then sent, for `drain` at most; then
  // DeviceProcess::Stopped. The second call does not wait.
  void Stop(absl::Duration drain = kStopDrain);
  // Stops, and asks to be started again.
  void Restart();
  void NetworkChanged(bool address_gone) { connection_.NetworkChanged(address_gone); }
  // The sensors are gone when it returns.
  void StopSampling() { sampler_.reset(); }

  const AgentSettings& settings() const { return applied_.settings(); }
  const ConfigurationState& configuration() const { return configurator_.state(); }
  // Not OK: why the device's own files are refused as they are now.
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

  // In order of construction; destroyed the other way round.
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
