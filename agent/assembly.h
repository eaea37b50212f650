// Turns settings into the options of the agent's components, with what they need from this machine:
// files, ids, host name. Functions may block on files.
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

// Loads the settings file at `path` and the files in the folder conf.d beside it. Errors as in
// LoadAgentSettings.
[[nodiscard]] StatusOr<AgentSettings> LoadSettings(const std::string& path);

// Returns the device id that agent.id selects: a hash of the machine id, the serial number, the
// host name, or its own text. kInvalidArgument: it is not plain text, or empty or too long. Other
// errors: this machine has no such id.
[[nodiscard]] StatusOr<std::string> FindDeviceId(const AgentSettings& settings);
// Returns the identity with which the device opens its sessions. Errors: those of FindDeviceId, and
// a host name or boot id that cannot be read.
[[nodiscard]] StatusOr<Identity> MakeIdentity(const AgentSettings& settings);
// Return the options of the connection, after reading the files of [tls]. The first adds faults to
// `problems`. The second returns all faults as one kInvalidArgument, each with the file and line of
// its setting.
ChannelOptions MakeChannelOptions(const AgentSettings& settings, Problems& problems);
[[nodiscard]] StatusOr<ChannelOptions> MakeChannelOptions(const AgentSettings& settings);
// Returns the agent's statistics of itself. `uploader` may be null: then its counters are 0.
// Loop-confined, as the uploader is.
AgentStatistics MakeStatistics(const SpoolStats& spool, const Uploader* uploader,
                               const Recorder& recorder, const std::vector<SensorHealth>& sensors,
                               const Clock& clock);

}  // namespace godwit::agent
