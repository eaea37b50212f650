// The ports of a running device to its machine, besides those of platform/ (clock, executors,
// random numbers). Real in agent/machine_ports.*, simulated in tests/sim/sim_device_ports.*.
//
// All of them are loop-confined unless they say otherwise, and outlive the device.
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

// What settings resolve to on this machine.
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
  // Returns the same for a confirmed revision: the targets of its paths may be away now.
  [[nodiscard]] virtual StatusOr<AgentSettings> LoadConfigured(const SettingsSources& own,
                                                               const Revision& revision) = 0;
  // Resolves settings. kInvalidArgument: they do not fit this machine.
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
  // Returns whether a reading of the sensor `name` ("type/name") consumes what has come in since
  // the last one: an extra reading would lose it.
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

// Turns batches into records.
class RecordLog {
 public:
  virtual ~RecordLog() = default;
  // Observes a batch that is handed to storage next.
  virtual void Sealed(const SealedBatch& sealed) = 0;
  // Append a batch to the spool, or record the loss of one. Called on storage.
  virtual void Append(Spool& spool, EncodedBatch batch) = 0;
  virtual void Lose(Spool& spool, BatchLoss loss) = 0;
};

// The process that the device runs in.
class DeviceProcess {
 public:
  virtual ~DeviceProcess() = default;
  // Starts to watch the network, because a connection to a collector is in use from now on.
  virtual void WatchNetwork() = 0;
  // Reports that the device stops; `restart`: it is to start again in this process.
  virtual void Stopping(bool restart) = 0;
  // Reports that the device has stopped.
  virtual void Stopped() = 0;
};

}  // namespace godwit::agent
