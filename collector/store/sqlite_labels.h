// The labels of operators, and the audit log, in the store.
#pragma once

#include <cstdint>
#include <vector>

#include "collector/store/order_stores.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// Writer-confined.
class SqliteLabels final : public LabelStore {
 public:
  explicit SqliteLabels(Database& database) : database_(database) {}

  Status SetLabels(const LabelChange& change, int64_t now_unix_ns) override;

 private:
  Database& database_;
};

// Query-confined.
class SqliteLabelReader final : public LabelReader {
 public:
  explicit SqliteLabelReader(Database& database) : database_(database) {}

  StatusOr<Labels> OperatorLabels(int64_t device) override;
  StatusOr<std::vector<AuditRow>> Audit(int64_t device, size_t limit) override;

 private:
  Database& database_;
};

}  // namespace godwit::collector
