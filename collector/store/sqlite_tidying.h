// Drops unused rows from the store: tables, boots and runs.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/time/time.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// Writer-confined.
class SqliteTidying {
 public:
  explicit SqliteTidying(Database& database) : database_(database) {}

  // Does what SqliteStore::Tidy does, in one transaction.
  [[nodiscard]] StatusOr<std::optional<int64_t>> Tidy(int64_t after, absl::Duration keep,
                                                      int64_t now_unix_ns);

 private:
  StatusOr<bool> MayForget(int64_t device, int64_t before_unix_ns);
  Status ForgetTables(int64_t device, int64_t before_unix_ns);
  Status ForgetBoots(int64_t device, int64_t before_unix_ns);
  Status ForgetReport(int64_t device);
  Status ForgetRuns(int64_t device, int64_t before_unix_ns);

  Database& database_;
};

}  // namespace godwit::collector
