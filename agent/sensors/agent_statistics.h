// The agent's statistics of itself, for the sensor that samples them.
#pragma once

#include <cstdint>

#include "base/sensor_counters.h"

namespace godwit::agent {

struct AgentStatistics {
  uint64_t spool_bytes = 0;
  uint64_t spool_bytes_max = 0;
  uint64_t waiting_records = 0;  // that no collector has settled
  bool connected = false;
  bool clock_synchronised = false;
  // Since the start.
  uint64_t uploaded_records = 0;
  uint64_t uploaded_bytes = 0;
  uint64_t sessions = 0;
  uint64_t upload_failures = 0;
  uint64_t lost_samples = 0;    // that never reached the spool
  SensorCounters sensors;       // of all of them
  uint64_t series_waiting = 0;  // now, for their new layout's turn
};

}  // namespace godwit::agent
