// Removes samples beyond the retention from the store. Which records are settled stays known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "collector/store/record_store.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// The retention of one database. Writer-confined.
class SqliteRetention {
 public:
  explicit SqliteRetention(Database& database) : database_(database) {}

  // Implements RecordStore::Prune, in a transaction of its own.
  [[nodiscard]] StatusOr<size_t> Prune(const Retention& retention, size_t records,
                                       int64_t now_unix_ns);

 private:
  StatusOr<std::optional<int64_t>> OldestOver(const Retention& retention, int64_t now_unix_ns);

  Database& database_;
};

}  // namespace godwit::collector
