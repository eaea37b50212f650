// Reads the series in the store.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collector/store/record_readers.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// Query-confined.
class SqliteSeriesReader final : public SeriesReader {
 public:
  explicit SqliteSeriesReader(Database& database) : database_(database) {}

  StatusOr<std::vector<Head>> Heads(int64_t device) override;
  StatusOr<std::vector<TableId>> Tables(int64_t device) override;
  StatusOr<std::string> Table(const TableId& id) override;

 private:
  Database& database_;
};

}  // namespace godwit::collector
