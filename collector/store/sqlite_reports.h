// The devices' reports of their own state. What a report leaves out stays unchanged.
#pragma once

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "collector/store/device_report.h"
#include "collector/store/record_readers.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// Writer-confined; each call is part of its caller's transaction.
class SqliteReports {
 public:
  explicit SqliteReports(Database& database) : database_(database) {}

  [[nodiscard]] Status Note(int64_t device, const DeviceReport& report, int64_t now_unix_ns);

 private:
  Database& database_;
};

// Returns what is kept of a device's sensors: as many counters of each as there are, or as an
// earlier version had.
std::string EncodeSensors(const std::vector<SensorState>& sensors,
                          size_t counters = std::size(kSensorCounters));
// Returns the sensors. Counters that the version before did not have are 0.
std::vector<SensorState> DecodeSensors(std::string_view bytes);

// Adds the newest report of the device, if there is one.
[[nodiscard]] Status AddReport(Database& database, DeviceRow& row);

}  // namespace godwit::collector
