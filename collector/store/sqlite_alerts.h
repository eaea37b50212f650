// What a person must look at, in the store: conflicts, cloned devices, shared identities, rejected
// records.
#pragma once

#include <cstdint>
#include <string_view>

#include "collector/store/sqlite.h"

namespace godwit::collector {

// Writer-confined; each call is part of its caller's transaction.
class SqliteAlerts {
 public:
  explicit SqliteAlerts(Database& database) : database_(database) {}

  // Counts one more of that kind for the device. `detail` replaces the one before; what is longer
  // than kAlertDetailBytesMax is cut.
  [[nodiscard]] Status Raise(int64_t device, std::string_view kind, std::string_view detail,
                             int64_t now_unix_ns);

 private:
  Database& database_;
};

}  // namespace godwit::collector
