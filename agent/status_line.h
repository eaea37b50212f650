// Formats the agent's state as one line, which people read first (`systemctl status`).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/sampling/sampled_sensor.h"
#include "agent/spool/spool.h"
#include "agent/uplink/session_state.h"

namespace godwit::agent {

struct StatusInput {
  std::optional<SessionState> session;  // none: upload.endpoint is not set
  uint64_t failed_attempts = 0;         // to connect or upload, since the start
  std::vector<SensorHealth> sensors;
  SpoolStats spool;
};

// Returns, for example, "connected; 12 sensors, exec/pump fails; spool 1.5 MiB of 256 MiB, 3
// records wait".
std::string StatusLine(const StatusInput& input);

}  // namespace godwit::agent
