// Retention in the store: removes samples, but never the record of what is settled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "collector/store/record_store.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// Writer-confined.
class SqliteRetention {
 public:
  explicit SqliteRetention(Database& database) : database_(database) {}

  // Does what RecordStore::Prune does, in one transaction.
  [[nodiscard]] StatusOr<size_t> Prune(const Retention& retention, size_t records,
                                       int64_t now_unix_ns);

 private:
  StatusOr<std::optional<int64_t>> OldestOver(const Retention& retention, int64_t now_unix_ns);

  Database& database_;
};

}  // namespace godwit::collector
