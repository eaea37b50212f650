// The audit log of operators' changes, in the store.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collector/store/order_stores.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// The audit log. Writer-confined; each call is part of the transaction of the change.
class SqliteAudit {
 public:
  explicit SqliteAudit(Database& database) : database_(database) {}

  // Logs a change, which names its issuer and its message. The newest kAuditKept entries are kept.
  template <typename Change>
  [[nodiscard]] Status Note(int64_t device, std::string_view what, const Change& change,
                            int64_t now_unix_ns) {
    return Note(device, what, AuditDetail(change), change.issuer, change.message, now_unix_ns);
  }

 private:
  Status Note(int64_t device, std::string_view what, const std::string& detail,
              const std::string& issuer, const std::string& message, int64_t now_unix_ns);

  Database& database_;
};

}  // namespace godwit::collector
