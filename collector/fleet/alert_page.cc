#include "collector/fleet/alert_page.h"

#include <algorithm>

#include "base/text.h"

namespace godwit::collector {
namespace {

const AlertRow* Find(const std::vector<AlertRow>& alerts, const std::string& kind) {
  const auto found = std::find_if(alerts.begin(), alerts.end(),
                                  [&](const AlertRow& alert) { return alert.kind == kind; });
  return found == alerts.end() ? nullptr : &*found;
}

}  // namespace

void AddAlerts(const std::vector<AlertRow>& alerts,
               google::protobuf::RepeatedPtrField<v1::Alert>& out) {
  for (const AlertRow& alert : alerts) {
    v1::Alert& raised = *out.Add();
    raised.set_kind(alert.kind);
    raised.set_detail(alert.detail);
    raised.set_first_unix_ns(alert.first_unix_ns);
    raised.set_last_unix_ns(alert.last_unix_ns);
    raised.set_count(alert.count);
    raised.set_acknowledged(alert.acknowledged);
    raised.set_acknowledged_unix_ns(alert.acknowledged_unix_ns);
    raised.set_acknowledged_by(alert.acknowledged_by);
    raised.set_acknowledged_why(alert.acknowledged_why);
  }
}

StatusOr<AlertAcknowledgement> AcknowledgementOf(StoreReader& reader, Directory& directory,
                                                 const v1::AcknowledgeAlertsRequest& request) {
  GODWIT_ASSIGN_OR_RETURN(const DeviceName device, directory.Find(reader, request.device()));
  GODWIT_ASSIGN_OR_RETURN(const DeviceRow row, reader.Device(device.key));
  AlertAcknowledgement out{
      .device_id = device.id, .issuer = request.issuer(), .message = request.message()};
  for (const v1::SeenAlert& seen : request.alerts()) {
    if (seen.kind() == kUnreadableAlert) {
      return Error(
          StatusCode::kNotFound,
          Cat("alert '", kUnreadableAlert, "' of device '", device.name,
              "' stays open until the store can be read; see: godwit-collector store verify"));
    }
    const AlertRow* const alert = Find(row.alerts, seen.kind());
    if (alert == nullptr) {
      return Error(StatusCode::kNotFound,
                   Cat("device '", device.name, "' has no alert '", seen.kind(),
                       "'; see: godwit alert ls ", device.name));
    }
    out.seen[seen.kind()] = seen.count() == 0 ? alert->count : seen.count();
  }
  if (request.alerts_size() > 0) return out;
  for (const AlertRow& alert : row.alerts) {
    if (alert.IsOpen() && alert.kind != kUnreadableAlert) out.seen[alert.kind] = alert.count;
  }
  if (!out.seen.empty()) return out;
  return Error(StatusCode::kNotFound,
               Cat("device '", device.name, "' has no open alert that can be acknowledged"));
}

Status FillAlerts(StoreReader& reader, Directory& directory, const std::string& device_id,
                  v1::AcknowledgeAlertsResponse& response) {
  GODWIT_ASSIGN_OR_RETURN(const DeviceName device, directory.ById(reader, device_id));
  GODWIT_ASSIGN_OR_RETURN(const DeviceRow row, reader.Device(device.key));
  AddAlerts(row.alerts, *response.mutable_alerts());
  return absl::OkStatus();
}

}  // namespace godwit::collector
