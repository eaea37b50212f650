// Revisions in the twin of the store.
#include <algorithm>

#include "base/text.h"
#include "collector/limits.h"
#include "tests/sim/memory_store.h"

namespace godwit::sim {

using collector::OfferRow;

StatusOr<std::vector<size_t>> MemoryStore::Push(const std::vector<collector::NewOffer>& offers,
                                                int64_t now_unix_ns) {
  std::vector<size_t> made;
  for (size_t i = 0; i < offers.size(); ++i) {
    if (!devices_.contains(offers[i].device_id)) {
      return Error(StatusCode::kNotFound, "store: the device is not known");
    }
    const auto* const earlier = FindOffer(offers[i].id);
    if (earlier == nullptr) made.push_back(i);
    if (earlier != nullptr && (earlier->offer.device_id != offers[i].device_id ||
                               earlier->offer.revision != offers[i].revision)) {
      return Error(StatusCode::kAlreadyExists, "another push has this id");
    }
  }
  for (const collector::NewOffer& offer : offers) {
    if (!offer.text.empty()) revisions_[offer.revision] = offer.text;
  }
  for (const size_t i : made) {
    const collector::NewOffer& offer = offers[i];
    auto& of_device = configurations_[offer.device_id].offers;
    of_device.push_back({.offer = offer, .issued_unix_ns = now_unix_ns});
    of_device.back().offer.text.clear();
    NoteChange("configuration", offer, now_unix_ns);
    if (of_device.size() > collector::kOffersKept) of_device.pop_front();
  }
  std::erase_if(revisions_, [this](const auto& revision) {
    return std::none_of(configurations_.begin(), configurations_.end(), [&](const auto& device) {
      const Configured& configured = device.second;
      return configured.effective == revision.first ||
             std::any_of(configured.offers.begin(), configured.offers.end(),
                         [&](const OfferRow& row) { return row.offer.revision == revision.first; });
    });
  });
  return made;
}

const OfferRow* MemoryStore::FindOffer(const std::string& id) const {
  for (const auto& [device_id, configured] : configurations_) {
    for (const OfferRow& row : configured.offers) {
      if (row.offer.id == id) return &row;
    }
  }
  return nullptr;
}

void MemoryStore::NoteEffective(Configured& configured, const collector::RevisionId& effective) {
  const bool known = effective.empty() || revisions_.contains(effective);
  if (known) configured.foreign_newest.reset();
  if (!known && !(configured.foreign_newest && configured.effective == effective)) {
    configured.foreign_newest =
        configured.offers.empty() ? std::string() : configured.offers.back().offer.id;
  }
  configured.effective = effective;
}

StatusOr<std::optional<OfferRow>> MemoryStore::OfferFor(const std::string& device_id,
                                                        const collector::RevisionId& effective) {
  if (!devices_.contains(device_id)) {
    return Error(StatusCode::kNotFound, "store: the device is not known");
  }
  Configured& configured = configurations_[device_id];
  NoteEffective(configured, effective);
  if (configured.offers.empty()) return std::optional<OfferRow>();
  const OfferRow& newest = configured.offers.back();
  if (configured.foreign_newest == newest.offer.id) return std::optional<OfferRow>();
  return std::optional<OfferRow>(newest);
}

StatusOr<std::string> MemoryStore::RevisionText(const std::string& device_id,
                                                const collector::RevisionId& revision) {
  for (const OfferRow& row : configurations_[device_id].offers) {
    if (row.offer.revision == revision) return revisions_.at(revision);
  }
  return Error(StatusCode::kNotFound, "store: this revision was not offered");
}

Status MemoryStore::ReportRevision(const collector::RevisionReport& report, int64_t now_unix_ns) {
  if (!devices_.contains(report.device_id)) {
    return Error(StatusCode::kNotFound, "store: the device is not known");
  }
  Configured& configured = configurations_[report.device_id];
  NoteEffective(configured, report.effective);
  for (OfferRow& row : configured.offers) {
    if (row.offer.id == report.offer_id) Take(report, now_unix_ns, row);
  }
  return absl::OkStatus();
}

StatusOr<collector::ConfigurationRow> MemoryStore::Configuration(int64_t key) {
  collector::ConfigurationRow out;
  const DeviceState* const device = FindDevice(key);
  if (device == nullptr) return out;
  const Configured& configured = configurations_[device->row.facts.device_id];
  out.effective = configured.effective;
  out.foreign = configured.foreign_newest.has_value();
  if (!configured.offers.empty()) out.newest = configured.offers.back();
  return out;
}

StatusOr<std::vector<OfferRow>> MemoryStore::Offers(int64_t key, size_t limit) {
  const DeviceState* const device = FindDevice(key);
  if (device == nullptr) return std::vector<OfferRow>();
  const auto& offers = configurations_[device->row.facts.device_id].offers;
  std::vector<OfferRow> rows(offers.rbegin(), offers.rend());
  if (rows.size() > limit) rows.resize(limit);
  return rows;
}

StatusOr<collector::RevisionRow> MemoryStore::Revision(const std::string& hex_prefix) {
  std::vector<collector::RevisionRow> found;
  for (const auto& [id, text] : revisions_) {
    if (Hex(id).starts_with(hex_prefix)) found.push_back({id, text});
  }
  if (found.size() == 1) return found.front();
  return found.empty()
             ? Error(StatusCode::kNotFound, Cat("no revision begins with '", hex_prefix, "'"))
             : Error(StatusCode::kInvalidArgument,
                     Cat("several revisions begin with '", hex_prefix, "'"));
}

}  // namespace godwit::sim
