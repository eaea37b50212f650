// Turns settings into the options and parts of each folder: the part of the wiring that reads this
// machine.
#pragma once

#include <string>
#include <vector>

#include "agent/sampling/recorder.h"
#include "agent/sampling/sampler.h"
#include "agent/sensors/agent_statistics.h"
#include "agent/spool/memory_ring.h"
#include "agent/spool/options.h"
#include "agent/spool/segment_format.h"
#include "agent/uplink/grpc/channel.h"
#include "agent/uplink/options.h"
#include "agent/uplink/uploader.h"
#include "settings/agent_settings.h"

namespace godwit::agent {

// Loads the settings file at `path` and the files beside it.
[[nodiscard]] StatusOr<AgentSettings> LoadSettings(const std::string& path);

// Returns the id that agent.id names, or else the id of this machine. An error says why there is
// none, and what to set.
[[nodiscard]] StatusOr<std::string> FindDeviceId(const AgentSettings& settings);
[[nodiscard]] StatusOr<Identity> MakeIdentity(const AgentSettings& settings);
// Reads the files of [tls]; blocks. Faults are added to `problems`, or returned as kInvalidArgument
// with each place.
ChannelOptions MakeChannelOptions(const AgentSettings& settings, Problems& problems);
[[nodiscard]] StatusOr<ChannelOptions> MakeChannelOptions(const AgentSettings& settings);
// Returns the agent's statistics of itself; `uploader` may be null.
AgentStatistics MakeStatistics(const SpoolStats& spool, const Uploader* uploader,
                               const Recorder& recorder, const std::vector<SensorHealth>& sensors,
                               const Clock& clock);

}  // namespace godwit::agent
