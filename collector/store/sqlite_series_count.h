// Counts the different series in a device's tables, while limits.device_series is set. A device
// that has not been counted yet is counted when it brings a new table.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "collector/store/record_store.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// Writer-confined; each call is part of its caller's transaction. `quota`: 0 for none.
class SqliteSeriesCount {
 public:
  explicit SqliteSeriesCount(Database& database) : database_(database) {}

  // Returns whether the device has at most `quota` series, including those of the tables.
  [[nodiscard]] StatusOr<bool> HasRoom(int64_t device, const std::vector<IncomingTable>& tables,
                                       uint64_t quota);
  // Counts tables that the device brings.
  [[nodiscard]] Status Add(int64_t device, const std::vector<IncomingTable>& tables,
                           uint64_t quota);
  // Drops the count, because tables of the device were removed or come uncounted.
  [[nodiscard]] Status Forget(int64_t device);

 private:
  using Hashes = std::set<uint64_t>;
  StatusOr<uint64_t> Count(int64_t device);
  StatusOr<uint64_t> CountAnew(int64_t device);
  StatusOr<Hashes> Fresh(int64_t device, const std::vector<IncomingTable>& tables);
  Status Insert(int64_t device, const Hashes& series);

  Database& database_;
};

}  // namespace godwit::collector
