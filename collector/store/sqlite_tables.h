// The tables of series in the store, and the devices that have brought them.
#pragma once

#include <cstdint>
#include <vector>

#include "collector/store/record_store.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// Writer-confined; each call is part of its caller's transaction.
class SqliteTables {
 public:
  explicit SqliteTables(Database& database) : database_(database) {}

  [[nodiscard]] Status Put(int64_t device, const IncomingTable& table, int64_t now_unix_ns);
  // Returns the tables that the device has not brought.
  [[nodiscard]] StatusOr<std::vector<TableId>> Unknown(int64_t device,
                                                       const std::vector<TableId>& tables);
  // Returns kCommitted if the device has brought the table of each block and each block fits its
  // table; these count as used then.
  [[nodiscard]] StatusOr<Outcome> Check(int64_t device, const std::vector<BlockSpan>& blocks,
                                        int64_t now_unix_ns);

 private:
  Status NoteSeen(int64_t device, const TableId& table, int64_t now_unix_ns);

  Database& database_;
};

}  // namespace godwit::collector
