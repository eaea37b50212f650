// Alerts in the store: conflicts, cloned devices, shared identities, rejected records, slowed
// devices; and their acknowledgements.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collector/store/order_stores.h"
#include "collector/store/record_readers.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// The alerts. Writer-confined; each call is part of its caller's transaction.
class SqliteAlerts final : public AlertStore {
 public:
  explicit SqliteAlerts(Database& database) : database_(database) {}

  // Counts one more alert of that kind for the device, which opens an acknowledged one again.
  // `detail` replaces the previous one; it is cut at kAlertDetailBytesMax.
  [[nodiscard]] Status Raise(int64_t device, std::string_view kind, std::string_view detail,
                             int64_t now_unix_ns);

  Status Acknowledge(const AlertAcknowledgement& alerts, int64_t now_unix_ns) override;

 private:
  StatusOr<uint64_t> AcknowledgeOne(int64_t device, const std::string& kind, uint64_t seen,
                                    const AlertAcknowledgement& alerts, int64_t now_unix_ns);

  Database& database_;
};

// Returns the alerts of a device, by kind.
[[nodiscard]] StatusOr<std::vector<AlertRow>> ReadAlerts(Database& database, int64_t device);

}  // namespace godwit::collector
