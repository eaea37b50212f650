// The agent's statistics of itself, for the sensor that samples them.
#pragma once

#include <cstdint>

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
  uint64_t lost_samples = 0;       // that never reached the spool
  uint64_t sensor_failures = 0;    // readings with an error
  uint64_t sensors_timed_out = 0;  // readings that hung, and ticks skipped for them
  uint64_t missed_ticks = 0;
  uint64_t refused_values = 0;
  // Now.
  uint64_t series = 0;
  uint64_t series_not_sampled = 0;
  uint64_t series_waiting = 0;  // of these, for their new layout's turn
};

}  // namespace godwit::agent
