// What one device may add to the twin of the store, and acknowledged alerts. What it reports of its
// runs is not bounded here: the twin has no rows.
#include <algorithm>

#include "base/text.h"
#include "codec/table.h"
#include "tests/sim/memory_store.h"

namespace godwit::sim {

using collector::DeviceBound;
using collector::PaceAnswer;

MemoryStore::Refusal MemoryStore::TakeAll(DeviceState& device, const News& news,
                                          int64_t now_unix_ns) {
  if (!paced_) return std::nullopt;
  auto paces = device.paces;
  std::vector<std::string> raised;
  for (const auto& [bound, count] : news) {
    if (count == 0) continue;
    const PaceAnswer answer = Take(TraitsOf(bound), count, now_unix_ns, paces[bound]);
    if (answer.is_raised) raised.push_back(TraitsOf(bound).name);
    if (answer.wait <= absl::ZeroDuration()) continue;
    if (answer.is_raised) RaiseAlert(device, raised.back(), now_unix_ns);
    device.paces[bound] = paces[bound];
    return Refusal({.bound = bound, .wait = answer.wait});
  }
  for (const std::string& name : raised) RaiseAlert(device, name, now_unix_ns);
  device.paces = std::move(paces);
  return std::nullopt;
}

MemoryStore::Refusal MemoryStore::RefuseQuota(DeviceState& device, DeviceBound bound,
                                              int64_t now_unix_ns) {
  const PaceAnswer answer = Refuse(TraitsOf(bound), now_unix_ns, device.paces[bound]);
  if (answer.is_raised) RaiseAlert(device, TraitsOf(bound).name, now_unix_ns);
  return Refusal({.bound = bound, .wait = answer.wait});
}

MemoryStore::Refusal MemoryStore::AdmitSession(DeviceState& device,
                                               const collector::SessionOpening& opening) {
  std::set<RunId> runs;
  for (const auto& run : opening.runs) {
    runs.insert(run.run);
    if (run.follows_run != 0) runs.insert(run.follows_run);
  }
  for (const auto& copies : opening.quarantined) runs.insert(copies.run);
  std::erase_if(runs, [&](RunId run) { return device.runs.contains(run); });
  return TakeAll(device,
                 {{DeviceBound::kRuns, runs.size()},
                  {DeviceBound::kBoots, device.boots.contains(opening.device.boot_id) ? 0 : 1}},
                 opening.now_unix_ns);
}

MemoryStore::Refusal MemoryStore::AdmitRecord(DeviceState& device,
                                              const collector::Delivery& delivery,
                                              int64_t now_unix_ns) {
  News news;
  if (const auto& record = delivery.record) {
    if (delivery.quotas.bytes != 0 && BytesOf(device) >= delivery.quotas.bytes) {
      return RefuseQuota(device, DeviceBound::kBytes, now_unix_ns);
    }
    news[DeviceBound::kRuns] = device.runs.contains(record->name.run) ? 0 : 1;
    news[DeviceBound::kBoots] = device.boots.contains(record->clock.boot_id) ? 0 : 1;
  }
  std::set<TableId> tables;
  for (const auto& table : delivery.tables) {
    if (!device.tables.contains(table.id)) tables.insert(table.id);
  }
  news[DeviceBound::kTables] = tables.size();
  if (!tables.empty() && !SeriesFit(device, delivery)) {
    return RefuseQuota(device, DeviceBound::kSeries, now_unix_ns);
  }
  return TakeAll(device, news, now_unix_ns);
}

bool MemoryStore::SeriesFit(const DeviceState& device, const collector::Delivery& delivery) {
  if (delivery.quotas.series == 0) return true;
  std::set<Series> series;
  const auto add = [&](const std::string& encoded) {
    const auto table = DecodeTable(encoded);
    if (table.ok()) series.insert(table->series.begin(), table->series.end());
  };
  for (const TableId& id : device.tables) add(tables_.at(id).encoded);
  const size_t before = series.size();
  for (const auto& table : delivery.tables) add(table.encoded);
  return series.size() == before || series.size() <= delivery.quotas.series;
}

Status MemoryStore::Acknowledge(const collector::AlertAcknowledgement& alerts,
                                int64_t now_unix_ns) {
  const auto device = devices_.find(alerts.device_id);
  if (device == devices_.end()) return Error(StatusCode::kNotFound, "no such device");
  collector::AlertAcknowledgement made{
      .device_id = alerts.device_id, .issuer = alerts.issuer, .message = alerts.message};
  auto rows = device->second.row.alerts;
  for (const auto& [kind, seen] : alerts.seen) {
    const auto row = std::find_if(rows.begin(), rows.end(), [&wanted = kind](const auto& alert) {
      return alert.kind == wanted;
    });
    if (row == rows.end()) {
      return Error(StatusCode::kNotFound, Cat("the device has no alert '", kind, "'"));
    }
    const uint64_t count = std::min(seen, row->count);
    if (count <= row->acknowledged) continue;
    made.seen[kind] = count - row->acknowledged;
    row->acknowledged = count;
    row->acknowledged_unix_ns = now_unix_ns;
    row->acknowledged_by = alerts.issuer;
    row->acknowledged_why = alerts.message;
  }
  device->second.row.alerts = std::move(rows);
  if (!made.seen.empty()) NoteChange("alerts", made, now_unix_ns);
  return absl::OkStatus();
}

}  // namespace godwit::sim
