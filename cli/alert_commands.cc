// Alerts of devices: what a person must look at, and who has.
#include <cstdio>
#include <string>
#include <vector>

#include "base/text.h"
#include "cli/alert_text.h"
#include "cli/commands.h"
#include "cli/device_names.h"
#include "cli/operator.h"
#include "cli/order_giver.h"
#include "cli/sample_rows.h"

namespace godwit::cli {
namespace {

// What a row is made of.
struct Raised {
  std::string device_id;
  std::string device_name;
  v1::Alert alert;
};

Row RowOf(const Raised& raised, const DeviceNames& names) {
  const v1::Alert& alert = raised.alert;
  return {.fields = {{"device", raised.device_id},
                     {"name", raised.device_name},
                     {"kind", alert.kind()},
                     {"detail", alert.detail()},
                     {"open", IsOpen(alert)},
                     {"count", alert.count()},
                     {"first_unix_ns", alert.first_unix_ns()},
                     {"last_unix_ns", alert.last_unix_ns()},
                     {"acknowledged", alert.acknowledged()},
                     {"acknowledged_unix_ns", alert.acknowledged_unix_ns()},
                     {"acknowledged_by", alert.acknowledged_by()},
                     {"acknowledged_why", alert.acknowledged_why()}},
          .cells = {names.NameOf(raised.device_id, raised.device_name), alert.kind(),
                    std::to_string(alert.count()), TimeText(alert.last_unix_ns()), StateText(alert),
                    alert.detail()},
          .tones = {Tone::kPlain, IsOpen(alert) ? Tone::kBad : Tone::kPlain}};
}

Status WriteRows(const Session& session, const std::vector<Raised>& alerts, bool only_open) {
  RowWriter writer(stdout, session.format,
                   {.headings = {"DEVICE", "ALERT", "COUNT", "LAST", "STATE", "DETAIL"}},
                   session.terminal);
  DeviceNames names;
  for (const Raised& raised : alerts) names.Add(raised.device_id, raised.device_name);
  bool ok = true;
  for (const Raised& raised : alerts) {
    if (only_open && !IsOpen(raised.alert)) continue;
    ok = ok && writer.Write(RowOf(raised, names));
  }
  return writer.End() && ok ? absl::OkStatus() : OutputClosed();
}

void Add(const v1::DeviceSummary& device, std::vector<Raised>& alerts) {
  for (const v1::Alert& alert : device.alerts()) {
    alerts.push_back({device.device_id(), device.name(), alert});
  }
}

StatusOr<v1::DeviceSummary> DeviceOf(const Session& session, const std::string& device) {
  v1::GetDeviceRequest request;
  request.set_device(device);
  GODWIT_ASSIGN_OR_RETURN(const v1::GetDeviceResponse response, session.client->GetDevice(request));
  return response.summary();
}

// Those of the kinds, or all that are open, as many as there are now: what is raised while the call
// is repeated stays open.
void AddSeen(const v1::DeviceSummary& device, const std::vector<std::string>& kinds,
             v1::AcknowledgeAlertsRequest& request) {
  for (const std::string& kind : kinds) request.add_alerts()->set_kind(kind);
  for (const v1::Alert& alert : device.alerts()) {
    if (kinds.empty() && IsOpen(alert) && alert.last_unix_ns() != 0) {
      request.add_alerts()->set_kind(alert.kind());
    }
    for (v1::SeenAlert& seen : *request.mutable_alerts()) {
      if (seen.kind() == alert.kind()) seen.set_count(alert.count());
    }
  }
}

}  // namespace

Status AlertLs(const Session& session, const Values& values) {
  std::vector<Raised> alerts;
  if (values.Has("device")) {
    GODWIT_ASSIGN_OR_RETURN(const v1::DeviceSummary device,
                            DeviceOf(session, values.Text("device")));
    Add(device, alerts);
  } else {
    GODWIT_RETURN_IF_ERROR(session.client->ListDevices([&](const v1::ListDevicesResponse& page) {
      for (const v1::DeviceSummary& device : page.devices()) Add(device, alerts);
      return true;
    }));
  }
  return WriteRows(session, alerts, values.Has("open"));
}

Status AlertAck(const Session& session, const Values& values) {
  GODWIT_ASSIGN_OR_RETURN(const v1::DeviceSummary device, DeviceOf(session, values.Text("device")));
  v1::AcknowledgeAlertsRequest request;
  request.set_device(device.device_id());
  request.set_issuer(OperatorName());
  request.set_message(values.Text("message"));
  AddSeen(device, values.Many("kinds"), request);
  GODWIT_ASSIGN_OR_RETURN(const v1::AcknowledgeAlertsResponse response,
                          GiveAcknowledgement(*session.client, request));
  std::vector<Raised> alerts;
  for (const v1::Alert& alert : response.alerts()) {
    alerts.push_back({device.device_id(), device.name(), alert});
  }
  return WriteRows(session, alerts, false);
}

}  // namespace godwit::cli
