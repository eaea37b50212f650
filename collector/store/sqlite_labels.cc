#include "collector/store/sqlite_labels.h"

#include <cstdint>
#include <string>

#include "base/text.h"
#include "collector/limits.h"
#include "collector/store/sqlite_audit.h"
#include "collector/store/sqlite_devices.h"

namespace godwit::collector {

Status SqliteLabels::SetLabels(const LabelChange& change, int64_t now_unix_ns) {
  Transaction transaction(database_);
  GODWIT_RETURN_IF_ERROR(transaction.Begin());
  GODWIT_ASSIGN_OR_RETURN(const int64_t device, SqliteDevices(database_).Key(change.device_id));
  for (const std::string& name : change.remove) {
    GODWIT_RETURN_IF_ERROR(
        database_.Prepare("DELETE FROM operator_label WHERE device = ? AND name = ?")
            .Bind(device)
            .BindText(name)
            .Run());
  }
  for (const auto& [name, value] : change.set) {
    GODWIT_RETURN_IF_ERROR(
        database_.Prepare("INSERT OR REPLACE INTO operator_label VALUES (?, ?, ?)")
            .Bind(device)
            .BindText(name)
            .BindText(value)
            .Run());
  }
  {
    Statement count = database_.Prepare("SELECT count(*) FROM operator_label WHERE device = ?");
    GODWIT_RETURN_IF_ERROR(count.Bind(device).Step().status());
    if (count.Unsigned(0) > kOperatorLabelsMax) {
      return Error(
          StatusCode::kResourceExhausted,
          Cat("a device can have at most ", kOperatorLabelsMax, " labels set by operators"));
    }
  }
  GODWIT_RETURN_IF_ERROR(SqliteAudit(database_).Note(device, "labels", change, now_unix_ns));
  return transaction.Commit();
}

StatusOr<Labels> SqliteLabelReader::OperatorLabels(int64_t device) {
  Labels labels;
  Statement rows = database_.Prepare("SELECT name, value FROM operator_label WHERE device = ?");
  rows.Bind(device);
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return labels;
    labels[rows.Bytes(0)] = rows.Bytes(1);
  }
}

static_assert(LabelReader::kEveryDevice == 0, "as the statement has it");
StatusOr<std::vector<AuditRow>> SqliteLabelReader::Audit(int64_t device, size_t limit) {
  std::vector<AuditRow> out;
  Statement rows = database_.Prepare(
      "SELECT time_unix_ns, issuer, what, device_id, name, detail, message FROM audit"
      " JOIN device ON device.key = audit.device WHERE ?1 = 0 OR audit.device = ?1"
      " ORDER BY audit.key DESC LIMIT ?2");
  rows.Bind(device).Bind(uint64_t{limit});
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return out;
    out.push_back({.time_unix_ns = rows.Integer(0),
                   .issuer = rows.Bytes(1),
                   .what = rows.Bytes(2),
                   .device_id = rows.Bytes(3),
                   .device_name = rows.Bytes(4),
                   .detail = rows.Bytes(5),
                   .message = rows.Bytes(6)});
  }
}

}  // namespace godwit::collector
