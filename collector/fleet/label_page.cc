#include "collector/fleet/label_page.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "collector/limits.h"

namespace godwit::collector {

StatusOr<LabelChange> ChangeOf(StoreReader& reader, Directory& directory,
                               const v1::SetLabelsRequest& request) {
  GODWIT_ASSIGN_OR_RETURN(const DeviceName device, directory.Find(reader, request.device()));
  LabelChange change{.device_id = device.id,
                     .remove = {request.remove().begin(), request.remove().end()},
                     .issuer = request.issuer(),
                     .message = request.message()};
  for (const v1::Attribute& label : request.set()) change.set[label.key()] = label.value();
  return change;
}

Status FillLabels(StoreReader& reader, Directory& directory, const std::string& device_id,
                  v1::SetLabelsResponse& response) {
  GODWIT_ASSIGN_OR_RETURN(const DeviceName found, directory.ById(reader, device_id));
  GODWIT_ASSIGN_OR_RETURN(const Labels labels, reader.OperatorLabels(found.key));
  for (const auto& [key, value] : labels) {
    v1::Attribute& label = *response.add_labels();
    label.set_key(key);
    label.set_value(value);
  }
  return absl::OkStatus();
}

Status FillAudit(StoreReader& reader, Directory& directory, const v1::ListAuditRequest& request,
                 v1::ListAuditResponse& response) {
  int64_t key = StoreReader::kEveryDevice;
  if (!request.device().empty()) {
    GODWIT_ASSIGN_OR_RETURN(const DeviceName device, directory.Find(reader, request.device()));
    key = device.key;
  }
  const size_t count = request.count() == 0 ? kAuditShown : request.count();
  GODWIT_ASSIGN_OR_RETURN(const auto rows, reader.Audit(key, std::min(count, kAuditShownMax)));
  ByteCount bytes = 0;
  for (const AuditRow& row : rows) {
    v1::AuditEntry& entry = *response.add_entries();
    entry.set_time_unix_ns(row.time_unix_ns);
    entry.set_issuer(row.issuer);
    entry.set_what(row.what);
    entry.set_device_id(row.device_id);
    entry.set_device_name(row.device_name);
    entry.set_detail(row.detail);
    entry.set_message(row.message);
    bytes += entry.ByteSizeLong();
    if (bytes > kAuditPageBytes) break;  // an answer is one message
  }
  return absl::OkStatus();
}

}  // namespace godwit::collector
