#include "collector/store/sqlite_audit.h"

#include "collector/limits.h"

namespace godwit::collector {

Status SqliteAudit::Note(int64_t device, std::string_view what, const std::string& detail,
                         const std::string& issuer, const std::string& message,
                         int64_t now_unix_ns) {
  GODWIT_RETURN_IF_ERROR(
      database_
          .Prepare("INSERT INTO audit (time_unix_ns, device, what, detail, issuer, message)"
                   " VALUES (?, ?, ?, ?, ?, ?)")
          .Bind(now_unix_ns)
          .Bind(device)
          .BindText(what)
          .BindText(detail)
          .BindText(issuer)
          .BindText(message)
          .Run());
  // Keys ascend by one, and none is used twice.
  return database_.Prepare("DELETE FROM audit WHERE key <= (SELECT max(key) FROM audit) - ?")
      .Bind(uint64_t{kAuditKept})
      .Run();
}

}  // namespace godwit::collector
