#include "collector/fleet/directory.h"

#include <algorithm>
#include <cstdint>

#include "base/mutex.h"
#include "base/text.h"
#include "collector/limits.h"

namespace godwit::collector {
namespace {

constexpr int64_t kDayNs = 24 * 3'600'000'000'000;
constexpr size_t kCandidatesNamed = 5;
constexpr size_t kIdShownBytesMax = 40;

// Keeps the reasons with the most records; the others become one.
void BoundReasons(std::map<std::string, uint64_t>& reasons) {
  constexpr char kOthers[] = "others";
  while (reasons.size() > kGapReasonsShown) {
    auto least = reasons.end();
    for (auto at = reasons.begin(); at != reasons.end(); ++at) {
      if (at->first == kOthers) continue;
      if (least == reasons.end() || at->second < least->second) least = at;
    }
    reasons[kOthers] += least->second;
    reasons.erase(least);
  }
}

// What it is worth showing of a device that the store cannot read.
DeviceSummary Unreadable(const DeviceName& name, const Status& status, int64_t now_unix_ns) {
  DeviceSummary summary{.row = {.key = name.key}};
  summary.row.facts.device_id = name.id;
  summary.row.facts.name = name.name;
  summary.row.alerts.push_back({.kind = kUnreadableAlert,
                                .detail = Message(status),
                                .first_unix_ns = now_unix_ns,
                                .last_unix_ns = now_unix_ns,
                                .count = 1});
  return summary;
}

StatusOr<DeviceSummary> ReadSummary(StoreReader& reader, int64_t device, int64_t now_unix_ns) {
  DeviceSummary summary;
  GODWIT_ASSIGN_OR_RETURN(summary.row, reader.Device(device));
  GODWIT_ASSIGN_OR_RETURN(summary.missing_ticks_24h,
                          reader.MissingTicks(device, {.since_unix_ns = now_unix_ns - kDayNs}));
  BoundReasons(summary.row.gap_records);
  summary.row.facts.labels.clear();
  if (summary.row.report) {
    summary.row.report->settings = {};
    summary.row.report->sensors.reset();
  }
  return summary;
}

}  // namespace

void Directory::OnIdentity(const std::string& device_id) {
  const MutexLock lock(notes_mutex_);
  noted_identities_.insert(device_id);
}

void Directory::OnState(const std::string& device_id) {
  const MutexLock lock(notes_mutex_);
  noted_states_.insert(device_id);
}

void Directory::TakeNotes() {
  std::set<std::string> identities;
  std::set<std::string> states;
  {
    const MutexLock lock(notes_mutex_);
    identities.swap(noted_identities_);
    states.swap(noted_states_);
  }
  states.insert(identities.begin(), identities.end());
  stale_.merge(identities);
  for (const std::string& id : states) {
    if (const auto found = entries_.find(id); found != entries_.end()) Forget(found->second);
  }
}

void Directory::Forget(Entry& entry) {
  if (!entry.summary) return;
  entry.summary.reset();
  --summaries_;
}

void Directory::Put(DeviceIdentity identity) {
  const std::string id = identity.name.id;
  const auto [at, added] = entries_.try_emplace(id);
  if (!added) by_name_.erase({at->second.identity.name.name, id});
  by_name_.insert({identity.name.name, id});
  at->second.identity = std::move(identity);
}

Status Directory::NoteStale(StoreReader& reader) {
  TakeNotes();
  if (loaded_) return absl::OkStatus();
  GODWIT_ASSIGN_OR_RETURN(const auto names, reader.DeviceNames());
  for (const DeviceName& name : names) stale_.insert(name.id);
  loaded_ = true;
  return absl::OkStatus();
}

Status Directory::LoadIdentity(StoreReader& reader) {
  auto identity = reader.Identity(*stale_.begin());
  if (!identity.ok() && !absl::IsNotFound(identity.status())) return identity.status();
  if (identity.ok()) Put(*std::move(identity));
  stale_.erase(stale_.begin());
  return absl::OkStatus();
}

Status Directory::LoadIdentities(StoreReader& reader) {
  GODWIT_RETURN_IF_ERROR(NoteStale(reader));
  while (!stale_.empty()) GODWIT_RETURN_IF_ERROR(LoadIdentity(reader));
  return absl::OkStatus();
}

StatusOr<bool> Directory::Refresh(StoreReader& reader, size_t count) {
  const MutexLock lock(mutex_);
  GODWIT_RETURN_IF_ERROR(NoteStale(reader));
  for (; count > 0 && !stale_.empty(); --count) GODWIT_RETURN_IF_ERROR(LoadIdentity(reader));
  return !stale_.empty();
}

StatusOr<DeviceName> Directory::Find(StoreReader& reader, const std::string& text) {
  const MutexLock lock(mutex_);
  GODWIT_RETURN_IF_ERROR(LoadIdentities(reader));
  if (const auto exact = entries_.find(text); exact != entries_.end()) {
    return exact->second.identity.name;
  }
  std::set<const Entry*> named;
  std::set<const Entry*> found;
  for (auto at = by_name_.lower_bound({text, ""}); at != by_name_.end(); ++at) {
    if (!at->first.starts_with(text)) break;
    const Entry& entry = entries_.at(at->second);
    if (at->first == text) named.insert(&entry);
    found.insert(&entry);
  }
  for (auto at = entries_.lower_bound(text); at != entries_.end(); ++at) {
    if (!at->first.starts_with(text)) break;
    found.insert(&at->second);
  }
  if (named.size() == 1) return (*named.begin())->identity.name;
  if (found.size() == 1) return (*found.begin())->identity.name;
  if (found.empty()) {
    return Error(StatusCode::kNotFound,
                 Cat("no device's name or id begins with '", text, "'; see: godwit device ls"));
  }
  return Ambiguous(text, named.empty() ? found : named);
}

Status Directory::Ambiguous(const std::string& text, const std::set<const Entry*>& found) const {
  std::set<Cursor> ordered;
  for (const Entry* const entry : found) {
    ordered.insert({entry->identity.name.name, entry->identity.name.id});
  }
  std::string names;
  size_t named = 0;
  for (const auto& [name, id] : ordered) {
    if (named++ == kCandidatesNamed) break;
    names += Cat(names.empty() ? "" : ", ", name, " (", CutUtf8(id, kIdShownBytesMax), ")");
  }
  if (found.size() > kCandidatesNamed) names += ", …";
  return Error(StatusCode::kInvalidArgument,
               Cat("'", text, "' matches ", found.size(), " devices: ", names));
}

StatusOr<DeviceName> Directory::ById(StoreReader& reader, const std::string& device_id) {
  const MutexLock lock(mutex_);
  GODWIT_RETURN_IF_ERROR(LoadIdentities(reader));
  const auto found = entries_.find(device_id);
  if (found == entries_.end()) {
    return Error(StatusCode::kNotFound, Cat("device '", device_id, "' is not known"));
  }
  return found->second.identity.name;
}

StatusOr<std::vector<std::string>> Directory::Select(StoreReader& reader, const Labels& labels) {
  const MutexLock lock(mutex_);
  GODWIT_RETURN_IF_ERROR(LoadIdentities(reader));
  std::vector<std::string> ids;
  for (const auto& [id, entry] : entries_) {
    const Labels has = JoinedLabels(entry.identity.labels, entry.identity.operator_labels);
    const bool fits = std::all_of(labels.begin(), labels.end(), [&](const auto& label) {
      const auto found = has.find(label.first);
      return found != has.end() && found->second == label.second;
    });
    if (fits) ids.push_back(id);
  }
  return ids;
}

const Directory::Entry* Directory::NextEntry(const std::optional<Cursor>& after) const {
  const auto at = after ? by_name_.upper_bound(*after) : by_name_.begin();
  return at == by_name_.end() ? nullptr : &entries_.at(at->second);
}

StatusOr<std::optional<DeviceName>> Directory::Next(StoreReader& reader,
                                                    const std::optional<Cursor>& after) {
  const MutexLock lock(mutex_);
  GODWIT_RETURN_IF_ERROR(LoadIdentities(reader));
  const Entry* const entry = NextEntry(after);
  if (entry == nullptr) return std::optional<DeviceName>();
  return std::optional<DeviceName>(entry->identity.name);
}

StatusOr<std::optional<DeviceSummary>> Directory::NextSummary(StoreReader& reader,
                                                              const std::optional<Cursor>& after,
                                                              int64_t now_unix_ns) {
  const MutexLock lock(mutex_);
  GODWIT_RETURN_IF_ERROR(LoadIdentities(reader));
  const Entry* const next = NextEntry(after);
  if (next == nullptr) return std::optional<DeviceSummary>();
  Entry& entry = entries_.at(next->identity.name.id);
  // Retention and a repaired clock change a device without a word of the writer.
  const int64_t age_ns = now_unix_ns - entry.read_unix_ns;
  if (age_ns < 0 || age_ns > absl::ToInt64Nanoseconds(kSummaryAgeMax)) Forget(entry);
  if (entry.summary) return entry.summary;
  auto summary = ReadSummary(reader, entry.identity.name.key, now_unix_ns);
  if (!summary.ok()) {
    return std::optional<DeviceSummary>(
        Unreadable(entry.identity.name, summary.status(), now_unix_ns));
  }
  if (summaries_ < kSummariesKept) {
    entry.summary = *summary;
    entry.read_unix_ns = now_unix_ns;
    ++summaries_;
  }
  return std::optional<DeviceSummary>(*std::move(summary));
}

}  // namespace godwit::collector
