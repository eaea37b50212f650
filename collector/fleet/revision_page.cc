#include "collector/fleet/revision_page.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "collector/fleet/find_device.h"
#include "collector/limits.h"

namespace godwit::collector {
namespace {

void Fill(const OfferRow& row, v1::OfferInfo& info) {
  info.set_offer_id(row.offer.id);
  info.set_revision(row.offer.revision);
  info.set_issuer(row.offer.issuer);
  info.set_message(row.offer.message);
  info.set_issued_unix_ns(row.issued_unix_ns);
  info.set_state(std::string(OfferStateName(row.state)));
  info.set_reason(row.reason);
  info.set_reported_unix_ns(row.reported_unix_ns);
}

// With the whole reason for one device only: of ten thousand, they would not fit an answer.
Status Fill(StoreReader& reader, const Figures& figures, const DeviceName& device, bool whole,
            v1::DeviceConfiguration& out) {
  GODWIT_ASSIGN_OR_RETURN(const ConfigurationRow row, reader.Configuration(device.key));
  out.set_device_id(device.id);
  out.set_device_name(device.name);
  out.set_connected(figures.ConnectedSince(device.id).has_value());
  out.set_effective_revision(row.effective);
  out.set_foreign(row.foreign);
  if (!row.newest) return absl::OkStatus();
  Fill(*row.newest, *out.mutable_offer());
  if (!whole)
    out.mutable_offer()->set_reason(std::string(CutUtf8(row.newest->reason, kReasonShownBytesMax)));
  return absl::OkStatus();
}

bool HasAll(const Labels& labels, const google::protobuf::RepeatedPtrField<v1::Attribute>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const v1::Attribute& label) {
    const auto found = labels.find(label.key());
    return found != labels.end() && found->second == label.value();
  });
}

}  // namespace

StatusOr<RevisionPush> PushOf(StoreReader& reader, const v1::PushRevisionRequest& request) {
  std::set<std::string> ids;
  for (const std::string& prefix : request.devices()) {
    GODWIT_ASSIGN_OR_RETURN(const DeviceName device, FindDevice(reader, prefix));
    ids.insert(device.id);
  }
  if (!request.labels().empty()) {
    GODWIT_ASSIGN_OR_RETURN(const auto rows, reader.Devices());
    for (const DeviceRow& row : rows) {
      GODWIT_ASSIGN_OR_RETURN(Labels given, reader.OperatorLabels(row.key));
      const Labels labels = JoinedLabels(row.facts.labels, std::move(given));
      if (HasAll(labels, request.labels())) ids.insert(row.facts.device_id);
    }
  }
  if (ids.empty()) {
    return Error(StatusCode::kInvalidArgument,
                 request.labels().empty() ? "no device is named" : "no device has these labels");
  }
  if (ids.size() > kDevicesPerPush) {
    return Error(StatusCode::kInvalidArgument, Cat("more than ", kDevicesPerPush, " devices"));
  }
  return RevisionPush{.device_ids = {ids.begin(), ids.end()},
                      .text = request.text(),
                      .issuer = request.issuer(),
                      .message = request.message()};
}

Status FillConfigurations(StoreReader& reader, const Figures& figures, const std::string& prefix,
                          v1::ListConfigurationsResponse& response) {
  if (!prefix.empty()) {
    GODWIT_ASSIGN_OR_RETURN(const DeviceName device, FindDevice(reader, prefix));
    return Fill(reader, figures, device, true, *response.add_configurations());
  }
  GODWIT_ASSIGN_OR_RETURN(const auto devices, reader.DeviceNames());
  for (const DeviceName& device : devices) {
    GODWIT_RETURN_IF_ERROR(Fill(reader, figures, device, false, *response.add_configurations()));
  }
  return absl::OkStatus();
}

Status FillConfigurations(StoreReader& reader, const Figures& figures,
                          const std::vector<std::string>& device_ids,
                          v1::PushRevisionResponse& response) {
  const std::set<std::string> wanted(device_ids.begin(), device_ids.end());
  GODWIT_ASSIGN_OR_RETURN(const auto devices, reader.DeviceNames());
  for (const DeviceName& device : devices) {
    if (!wanted.contains(device.id)) continue;
    GODWIT_RETURN_IF_ERROR(Fill(reader, figures, device, false, *response.add_configurations()));
  }
  return absl::OkStatus();
}

Status FillOffers(StoreReader& reader, const std::string& prefix,
                  v1::ListOffersResponse& response) {
  GODWIT_ASSIGN_OR_RETURN(const DeviceName device, FindDevice(reader, prefix));
  GODWIT_ASSIGN_OR_RETURN(const auto rows, reader.Offers(device.key, kOffersKept));
  for (const OfferRow& row : rows) Fill(row, *response.add_offers());
  return absl::OkStatus();
}

Status FillRevision(StoreReader& reader, const std::string& prefix,
                    v1::GetRevisionResponse& response) {
  if (prefix.empty() || prefix.size() > 2 * kRevisionIdSize) {
    return Error(StatusCode::kInvalidArgument, "a revision is named by 1 to 32 digits");
  }
  GODWIT_ASSIGN_OR_RETURN(const RevisionRow row, reader.Revision(prefix));
  response.set_revision(row.id);
  response.set_text(row.text);
  return absl::OkStatus();
}

}  // namespace godwit::collector
