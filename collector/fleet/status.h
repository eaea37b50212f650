// Formats the collector's own state, for operators and /metrics.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collector/statistics.h"
#include "collector/store/store.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

// The state at one time. Numbers that cannot be read are 0.
struct CollectorStatus {
  std::string version;
  int64_t started_unix_ns = 0;
  int64_t now_unix_ns = 0;
  StoreStatistics store;
  Statistics::Snapshot statistics;
  uint64_t disk_free_bytes = 0;  // on the store's disk
  uint64_t resident_bytes = 0;
  uint64_t dropped_log_lines = 0;
  uint64_t received_bytes = 0;        // size of the devices' messages that wait for a verdict
  uint64_t upload_waits = 0;          // uploads that waited because of limits.received
  std::string store_problem;          // why the store accepts nothing, such as damage; or empty
  std::vector<std::string> warnings;  // about its settings
  std::string retention;              // RetentionText: "90d, 50GiB"
  absl::Time certificate_expires = absl::InfiniteFuture();  // InfiniteFuture: no certificate
};

// Sets all fields of `response`.
void Fill(const CollectorStatus& status, v1::GetStatusResponse& response);

// Returns the metrics in the text format of Prometheus, version 0.0.4.
std::string MetricsText(const CollectorStatus& status);

}  // namespace godwit::collector
