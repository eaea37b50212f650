// Commands in the store: issued, started by one start of one agent, ended.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collector/store/order_stores.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// Writer-confined.
class SqliteCommands final : public CommandStore {
 public:
  explicit SqliteCommands(Database& database) : database_(database) {}

  StatusOr<CommandRow> Issue(const NewCommand& command, int64_t now_unix_ns) override;
  StatusOr<std::vector<CommandRow>> OpenCommands(const std::string& device_id,
                                                 int64_t now_unix_ns) override;
  StatusOr<CommandAnswer> Report(const CommandReport& report, int64_t now_unix_ns) override;

 private:
  Database& database_;
};

// Query-confined.
class SqliteCommandReader final : public CommandReader {
 public:
  explicit SqliteCommandReader(Database& database) : database_(database) {}

  StatusOr<std::vector<CommandRow>> Commands(int64_t device, size_t limit) override;
  StatusOr<CommandRow> Command(const std::string& id) override;

 private:
  Database& database_;
};

}  // namespace godwit::collector
