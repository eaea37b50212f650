#include "agent/machine_ports.h"

#include <utility>

#include "agent/assembly.h"
#include "agent/configuration_assembly.h"
#include "agent/device/part_options.h"
#include "agent/run_plan.h"
#include "agent/uplink/grpc/grpc_transport.h"
#include "platform/linux/host.h"

namespace godwit::agent {

StatusOr<AgentSettings> MachineSettings::LoadOffered(const SettingsSources& own,
                                                     const Revision& revision) {
  return agent::LoadOffered(own, revision);
}

StatusOr<AgentSettings> MachineSettings::LoadConfigured(const SettingsSources& own,
                                                        const Revision& revision) {
  return agent::LoadConfigured(own, revision);
}

StatusOr<RunPlan> MachineSettings::Plan(const AgentSettings& settings) {
  return PlanRun(settings);
}

StatusOr<Identity> MachineSettings::FindIdentity(const AgentSettings& settings) {
  return MakeIdentity(settings);
}

StatusOr<ChannelOptions> MachineSettings::FindChannel(const AgentSettings& settings) {
  return MakeChannelOptions(settings);
}

std::unique_ptr<Transport> GrpcTransports::Make(const ChannelOptions& channel) {
  return std::make_unique<GrpcTransport>(channel, loop_, clock_);
}

ByteCount MachineMemory::ResidentBytes() {
  return godwit::ResidentBytes();
}

void MachineMemory::ReturnFree() {
  ReturnFreeMemory();
}

void SpoolLog::Append(Spool& spool, EncodedBatch batch) {
  spool.Append(MakeRecord(std::move(batch)));
}

void SpoolLog::Lose(Spool& spool, BatchLoss loss) {
  spool.Lose(LossReasonFor(loss));
}

}  // namespace godwit::agent
