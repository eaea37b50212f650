// Implements the ports of a device (agent/device/ports.h) on this machine.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/device/ports.h"
#include "agent/sensor_assembly.h"
#include "platform/clock.h"
#include "platform/uv/uv_loop.h"

namespace godwit::agent {

// Loop-confined.
class MachineSettings final : public SettingsLoader {
 public:
  explicit MachineSettings(std::function<StatusOr<AgentSettings>()> load_own)
      : load_own_(std::move(load_own)) {}

  StatusOr<AgentSettings> LoadOwn() override { return load_own_(); }
  StatusOr<AgentSettings> LoadOffered(const SettingsSources& own,
                                      const Revision& revision) override;
  StatusOr<AgentSettings> LoadConfigured(const SettingsSources& own,
                                         const Revision& revision) override;
  StatusOr<RunPlan> Plan(const AgentSettings& settings) override;
  StatusOr<Identity> FindIdentity(const AgentSettings& settings) override;
  StatusOr<ChannelOptions> FindChannel(const AgentSettings& settings) override;

 private:
  const std::function<StatusOr<AgentSettings>()> load_own_;
};

// Loop-confined.
class MachineSensors final : public SensorFactory {
 public:
  explicit MachineSensors(SensorDependencies dependencies) : deps_(std::move(dependencies)) {}

  StatusOr<std::vector<SampledSensor>> Make(const std::vector<SensorSettings>& settings) override {
    return MakeSensors(settings, deps_);
  }
  bool IsEmptiedByReading(const std::string& name) const override {
    return agent::IsEmptiedByReading(name);
  }

 private:
  const SensorDependencies deps_;
};

// Loop-confined.
class GrpcTransports final : public TransportFactory {
 public:
  GrpcTransports(UvLoop& loop, const Clock& clock) : loop_(loop), clock_(clock) {}

  std::unique_ptr<Transport> Make(const ChannelOptions& channel) override;

 private:
  UvLoop& loop_;
  const Clock& clock_;
};

// Loop-confined.
class MachineMemory final : public ProcessMemory {
 public:
  ByteCount ResidentBytes() override;
  void ReturnFree() override;
};

// The log of records over a spool. Loop-confined, except what is called on storage.
class SpoolLog final : public RecordLog {
 public:
  void Sealed(const SealedBatch&) override {}
  void Append(Spool& spool, EncodedBatch batch) override;
  void Lose(Spool& spool, BatchLoss loss) override;
};

}  // namespace godwit::agent
