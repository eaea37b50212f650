// What a running device needs of its machine besides the ports of platform/ (clock, executors,
// chance). Real in agent/machine_ports.*, simulated in tests/sim/sim_device_ports.*.
//
// All of it is loop-confined where it does not say otherwise, and outlives the device.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/control/configuration_state.h"
#include "agent/sampling/recorder.h"
#include "agent/sampling/sampled_sensor.h"
#include "agent/spool/spool.h"
#include "agent/uplink/channel_options.h"
#include "agent/uplink/options.h"
#include "agent/uplink/transport.h"
#include "settings/agent_settings.h"

namespace godwit::agent {

// What settings lead to on this machine.
struct RunPlan {
  Identity identity;
  ChannelOptions channel;  // without an endpoint when none is set
};

// Reads settings, and what they name on this machine. Errors name the place of each mistake.
class SettingsLoader {
 public:
  virtual ~SettingsLoader() = default;
  // Returns the device's own files as they are now.
  [[nodiscard]] virtual StatusOr<AgentSettings> LoadOwn() = 0;
  // Returns the texts `own` with `revision` on top; no file of settings is read.
  // kPermissionDenied: a path in it leads to a file that the device's owner does not allow.
  [[nodiscard]] virtual StatusOr<AgentSettings> LoadOffered(const SettingsSources& own,
                                                            const Revision& revision) = 0;
  // The same for a revision that has been confirmed: what its paths lead to may be away now.
  [[nodiscard]] virtual StatusOr<AgentSettings> LoadConfigured(const SettingsSources& own,
                                                               const Revision& revision) = 0;
  // kInvalidArgument: the settings do not fit this machine.
  [[nodiscard]] virtual StatusOr<RunPlan> Plan(const AgentSettings& settings) = 0;
  [[nodiscard]] virtual StatusOr<Identity> FindIdentity(const AgentSettings& settings) = 0;
  [[nodiscard]] virtual StatusOr<ChannelOptions> FindChannel(const AgentSettings& settings) = 0;
};

class SensorFactory {
 public:
  virtual ~SensorFactory() = default;
  // Returns the enabled sensors in the order of `settings`. A sensor that cannot be made fails at
  // each tick. kInvalidArgument: together they are more than an agent takes.
  [[nodiscard]] virtual StatusOr<std::vector<SampledSensor>> Make(
      const std::vector<SensorSettings>& settings) = 0;
  // Whether the sensor `name` ("type/name") hands out what has come in since its last reading: a
  // reading out of turn would lose it.
  virtual bool IsEmptiedByReading(const std::string& name) const = 0;
};

class TransportFactory {
 public:
  virtual ~TransportFactory() = default;
  virtual std::unique_ptr<Transport> Make(const ChannelOptions& channel) = 0;
};

// The memory of this process.
class ProcessMemory {
 public:
  virtual ~ProcessMemory() = default;
  virtual ByteCount ResidentBytes() = 0;
  virtual void ReturnFree() = 0;
};

// Where batches become records.
class RecordLog {
 public:
  virtual ~RecordLog() = default;
  // `sealed` is handed to storage next.
  virtual void Sealed(const SealedBatch& sealed) = 0;
  // On storage.
  virtual void Append(Spool& spool, EncodedBatch batch) = 0;
  virtual void Lose(Spool& spool, BatchLoss loss) = 0;
};

// The process that the device runs in.
class DeviceProcess {
 public:
  virtual ~DeviceProcess() = default;
  // A connection to a collector is in use from now on: changes of the network are of interest.
  virtual void WatchNetwork() = 0;
  // The device stops; `restart`: and is to start again in this process.
  virtual void Stopping(bool restart) = 0;
  // It has stopped.
  virtual void Stopped() = 0;
};

}  // namespace godwit::agent
