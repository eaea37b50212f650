// What devices report of their own state. What a report leaves out stays as it was.
#pragma once

#include <cstdint>

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

// Adds the newest report of the device, if there is one.
[[nodiscard]] Status AddReport(Database& database, DeviceRow& row);

}  // namespace godwit::collector
