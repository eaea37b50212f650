// Converts settings to the options of each part of the device, and one part's values to another's.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "agent/control/options.h"
#include "agent/sampling/recorder.h"
#include "agent/sampling/sampled_sensor.h"
#include "agent/spool/options.h"
#include "agent/spool/spool.h"
#include "agent/uplink/options.h"
#include "settings/agent_settings.h"

namespace godwit::agent {

SpoolOptions MakeSpoolOptions(const AgentSettings& settings, const Identity& identity);
BatchOptions MakeBatchOptions(const AgentSettings& settings, const Identity& identity);
// `only_store`: UploadOptions::only_store.
UploadOptions MakeUploadOptions(const AgentSettings& settings, const std::string& only_store);
RemoteOptions MakeRemoteOptions(const AgentSettings& settings);
ConfigureOptions MakeConfigureOptions(const AgentSettings& settings, const BootId& boot_id);

NewRecord MakeRecord(EncodedBatch batch);
LossReason LossReasonFor(BatchLoss loss);
std::vector<SensorReport> MakeSensorReports(const std::vector<SensorHealth>& sensors);

// "type/name"
std::string NameOf(const SensorSettings& sensor);

}  // namespace godwit::agent
