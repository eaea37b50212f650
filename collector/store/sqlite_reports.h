// Stores the devices' reports of their own state. Only settings, sensors and the wall clock's
// source may be left out of a report: they stay unchanged. The other fields are replaced each time.
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

// The writing side. Writer-confined; each call is part of its caller's transaction.
class SqliteReports {
 public:
  explicit SqliteReports(Database& database) : database_(database) {}

  // Replaces the report of the device with the key `device`, which must be stored.
  [[nodiscard]] Status Note(int64_t device, const DeviceReport& report, int64_t now_unix_ns);

 private:
  Database& database_;
};

// Encodes the states of a device's sensors as they are stored, each with its first `counters` of
// kSensorCounters. Tests pass fewer, to make what an earlier version stored.
std::string EncodeSensors(const std::vector<SensorState>& sensors,
                          size_t counters = std::size(kSensorCounters));
// Decodes what EncodeSensors of this or an earlier version returned. Counters that the earlier
// version did not have are 0. Returns no sensors if `bytes` are damaged.
std::vector<SensorState> DecodeSensors(std::string_view bytes);

// Sets the report of `row`, whose key and facts are set. Without a stored report, `row` stays as it
// is. May be called with a reader's database.
[[nodiscard]] Status AddReport(Database& database, DeviceRow& row);

}  // namespace godwit::collector
