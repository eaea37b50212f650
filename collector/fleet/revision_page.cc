#include "collector/fleet/revision_page.h"

#include <algorithm>
#include <utility>

#include "base/mutex.h"
#include "base/text.h"
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
Status Fill(StoreReader& reader, const Statistics& statistics, const DeviceName& device, bool whole,
            v1::DeviceConfiguration& out) {
  GODWIT_ASSIGN_OR_RETURN(const ConfigurationRow row, reader.Configuration(device.key));
  out.set_device_id(device.id);
  out.set_device_name(device.name);
  out.set_connected(statistics.ConnectedSince(device.id).has_value());
  out.set_effective_revision(row.effective);
  out.set_foreign(row.foreign);
  if (!row.newest) return absl::OkStatus();
  Fill(*row.newest, *out.mutable_offer());
  if (!whole)
    out.mutable_offer()->set_reason(std::string(CutUtf8(row.newest->reason, kReasonShownBytesMax)));
  return absl::OkStatus();
}

Status DoesNotFit(size_t devices) {
  return Error(StatusCode::kResourceExhausted,
               Cat("the configurations of ", devices, " devices or more do not fit one answer; ",
                   "use a newer godwit, which asks for pages, or name fewer devices"));
}

}  // namespace

StatusOr<RevisionPush> PushOf(StoreReader& reader, Directory& directory,
                              const v1::PushRevisionRequest& request) {
  std::set<std::string> ids;
  for (const std::string& text : request.devices()) {
    GODWIT_ASSIGN_OR_RETURN(const DeviceName device, directory.Find(reader, text));
    ids.insert(device.id);
  }
  if (!request.labels().empty()) {
    Labels wanted;
    for (const v1::Attribute& label : request.labels()) {
      const auto [at, added] = wanted.emplace(label.key(), label.value());
      if (added || at->second == label.value()) continue;
      return Error(StatusCode::kInvalidArgument,
                   Cat("label '", label.key(), "' is selected with two values"));
    }
    GODWIT_ASSIGN_OR_RETURN(const auto selected, directory.Select(reader, wanted));
    ids.insert(selected.begin(), selected.end());
  }
  if (ids.empty()) {
    return Error(StatusCode::kInvalidArgument,
                 request.labels().empty() ? "no device is named" : "no device has these labels");
  }
  if (ids.size() > kDevicesPerPush) {
    return Error(StatusCode::kInvalidArgument, Cat("more than ", kDevicesPerPush, " devices"));
  }
  return RevisionPush{.id = request.push_id(),
                      .device_ids = {ids.begin(), ids.end()},
                      .text = request.text(),
                      .issuer = request.issuer(),
                      .message = request.message()};
}

Status CheckAnswerFits(StoreReader& reader, Directory& directory, const RevisionPush& push) {
  constexpr size_t kRestBytes = 128 + kReasonShownBytesMax;  // ids, times, the state, the reason
  ByteCount bytes = 0;
  for (const std::string& id : push.device_ids) {
    GODWIT_ASSIGN_OR_RETURN(const DeviceName device, directory.ById(reader, id));
    bytes += device.id.size() + device.name.size() + push.issuer.size() + push.message.size() +
             kRestBytes;
  }
  return bytes <= kConfigurationsBytesMax ? absl::OkStatus() : DoesNotFit(push.device_ids.size());
}

Status ConfigurationListQuery::SelectOne(const std::string& text) {
  GODWIT_ASSIGN_OR_RETURN(const DeviceName device, directory_.Find(reader_, text));
  selected_.emplace().insert({device.name, device.id});
  whole_ = true;
  return absl::OkStatus();
}

Status ConfigurationListQuery::Select(const std::vector<std::string>& device_ids) {
  selected_.emplace();
  for (const std::string& id : device_ids) {
    GODWIT_ASSIGN_OR_RETURN(const DeviceName device, directory_.ById(reader_, id));
    selected_->insert({device.name, device.id});
  }
  return absl::OkStatus();
}

StatusOr<std::optional<DeviceName>> ConfigurationListQuery::NextDevice() {
  if (!selected_) return directory_.Next(reader_, cursor_);
  const auto next = cursor_ ? selected_->upper_bound(*cursor_) : selected_->begin();
  if (next == selected_->end()) return std::optional<DeviceName>();
  GODWIT_ASSIGN_OR_RETURN(DeviceName device, directory_.ById(reader_, next->second));
  device.name = next->first;  // its place, also when it has another one since
  return std::optional<DeviceName>(std::move(device));
}

StatusOr<std::optional<v1::ListConfigurationsResponse>> ConfigurationListQuery::NextPage(
    const Turn& turn) {
  v1::ListConfigurationsResponse page;
  size_t bytes = 0;
  while (bytes < kPageBytes && !turn.over()) {
    GODWIT_ASSIGN_OR_RETURN(const auto device, NextDevice());
    if (!device) break;
    v1::DeviceConfiguration& configuration = *page.add_configurations();
    GODWIT_RETURN_IF_ERROR(Fill(reader_, statistics_, *device, whole_, configuration));
    bytes += configuration.ByteSizeLong();
    cursor_ = {device->name, device->id};
  }
  if (page.configurations_size() == 0) return std::nullopt;
  return page;
}

Status FillConfigurations(
    ConfigurationListQuery& query,
    google::protobuf::RepeatedPtrField<v1::DeviceConfiguration>& configurations) {
  ByteCount bytes = 0;
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(auto page, query.NextPage());
    if (!page) return absl::OkStatus();
    bytes += page->ByteSizeLong();
    if (bytes > kConfigurationsBytesMax) {
      return DoesNotFit(static_cast<size_t>(configurations.size()));
    }
    configurations.MergeFrom(page->configurations());
  }
}

struct PushQuery::Answer {
  Mutex mutex;
  std::optional<Status> status ABSL_GUARDED_BY(mutex);
};

PushQuery::PushQuery(ConfigurationListQuery configurations, RevisionPush push, const Push& hand_out)
    : configurations_(std::move(configurations)),
      device_ids_(push.device_ids),
      answer_(std::make_shared<Answer>()) {
  hand_out(
      std::move(push),
      [answer = answer_](const Status& status) {
        const MutexLock lock(answer->mutex);
        answer->status = status;
      },
      [query = alive_.Refer()] { return !query; });
}

StatusOr<std::optional<v1::PushRevisionResponse>> PushQuery::NextPage(const Turn& turn) {
  if (waits_) {
    {
      const MutexLock lock(answer_->mutex);
      if (!answer_->status) return std::nullopt;
      GODWIT_RETURN_IF_ERROR(*answer_->status);
    }
    GODWIT_RETURN_IF_ERROR(configurations_.Select(device_ids_));
    waits_ = false;
  }
  GODWIT_ASSIGN_OR_RETURN(auto page, configurations_.NextPage(turn));
  if (!page) return std::nullopt;
  v1::PushRevisionResponse response;
  response.mutable_configurations()->Swap(page->mutable_configurations());
  return response;
}

Status FillOffers(StoreReader& reader, Directory& directory, const std::string& text,
                  v1::ListOffersResponse& response) {
  GODWIT_ASSIGN_OR_RETURN(const DeviceName device, directory.Find(reader, text));
  GODWIT_ASSIGN_OR_RETURN(const auto rows, reader.Offers(device.key, kOffersKept));
  for (const OfferRow& row : rows) Fill(row, *response.add_offers());
  return absl::OkStatus();
}

Status FillRevision(StoreReader& reader, const std::string& prefix,
                    v1::GetRevisionResponse& response) {
  if (prefix.empty() || prefix.size() > 2 * kRevisionIdSize) {
    return Error(StatusCode::kInvalidArgument, "a revision has 1 to 32 hexadecimal digits");
  }
  GODWIT_ASSIGN_OR_RETURN(const RevisionRow row, reader.Revision(prefix));
  response.set_revision(row.id);
  response.set_text(row.text);
  return absl::OkStatus();
}

}  // namespace godwit::collector
