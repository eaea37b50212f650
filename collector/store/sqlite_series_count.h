// How many different series a device has in its tables. They are counted while limits.device_series
// is set; a device of which they are not counted yet is counted when it brings a new table.
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

  // Whether the device has at most `quota` series with those of the tables.
  [[nodiscard]] StatusOr<bool> HasRoom(int64_t device, const std::vector<IncomingTable>& tables,
                                       uint64_t quota);
  // The device brings the tables.
  [[nodiscard]] Status Add(int64_t device, const std::vector<IncomingTable>& tables,
                           uint64_t quota);
  // Tables of the device are gone, or come uncounted.
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
