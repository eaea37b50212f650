// The running device: samples, keeps the samples, uploads them, and takes commands and
// configurations. It constructs its parts over the ports and connects them; the parts decide.
//
// Threads: the loop (timers, sensors, state machines) and storage (encode, compress, append,
// fdatasync). The agent builds it over the real platform, the simulation over its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/device/applied_settings.h"
#include "agent/device/connection.h"
#include "agent/device/data_path.h"
#include "agent/device/device_start.h"
#include "agent/device/fallback_connection.h"
#include "agent/device/live.h"
#include "agent/device/operator_side.h"
#include "agent/device/own_files.h"
#include "agent/device/ports.h"
#include "agent/device/trial.h"
#include "agent/limits.h"
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
  void StopSampling() { data_path_.ReleaseSensors(); }

  const AgentSettings& settings() const { return applied_.settings(); }
  const ConfigurationState& configuration() const { return operators_.configurator().state(); }
  // Returns why the device's own files are refused as they are now, or OK.
  const Status& own_files() const { return own_files_.status(); }
  const SpoolStats& spool_stats() const { return data_path_.spool_stats(); }
  const Recorder& recorder() const { return data_path_.recorder(); }
  const Commander& commander() const { return operators_.commander(); }
  Sampler& sampler() { return data_path_.sampler(); }
  Spool& spool() { return data_path_.spool(); }  // storage-confined
  Live& live() { return live_; }
  Connection& connection() { return connection_; }

 private:
  // None; or it stops, for good or to start again.
  enum class Ending { kNone, kStop, kRestart };

  void NoteAppended();
  void End(Ending ending, absl::Duration drain);
  void Apply(AppliedSettings::Prepared prepared);
  void AwaitReadings();

  // TrialHost
  void Reconnect() override;
  void TrialEnded(TrialEnd end) override;
  void RestartLater() override;

  // The parts in order of construction; destroyed in the reverse order.
  Ports ports_;
  DataPath data_path_;
  DeviceReporter reporter_;
  AppliedSettings applied_;
  Trial trial_;
  OperatorSide operators_;
  Connection connection_;
  Live live_;
  FallbackConnection fallback_;
  OwnFiles own_files_;
  std::unique_ptr<Timer> timer_;  // until the start is a sound one; of RunOnce, between two checks
  Ending ending_ = Ending::kNone;
};

}  // namespace godwit::agent
