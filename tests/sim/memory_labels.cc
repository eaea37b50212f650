// Labels of operators and the log of their changes, in the twin of the store.
#include "base/text.h"
#include "collector/limits.h"
#include "tests/sim/memory_store.h"

namespace godwit::sim {

Status MemoryStore::SetLabels(const collector::LabelChange& change, int64_t now_unix_ns) {
  if (!devices_.contains(change.device_id)) {
    return Error(StatusCode::kNotFound, "store: the device is not known");
  }
  collector::Labels labels = operator_labels_[change.device_id];
  for (const std::string& name : change.remove) labels.erase(name);
  for (const auto& [name, value] : change.set) labels[name] = value;
  if (labels.size() > collector::kOperatorLabelsMax) {
    return Error(StatusCode::kResourceExhausted,
                 Cat("a device can have at most ", collector::kOperatorLabelsMax,
                     " labels set by operators"));
  }
  operator_labels_[change.device_id] = std::move(labels);
  NoteChange("labels", change, now_unix_ns);
  return absl::OkStatus();
}

StatusOr<collector::Labels> MemoryStore::OperatorLabels(int64_t key) {
  const DeviceState* const device = FindDevice(key);
  if (device == nullptr) return collector::Labels();
  return operator_labels_[device->row.facts.device_id];
}

StatusOr<std::vector<collector::AuditRow>> MemoryStore::Audit(int64_t key, size_t limit) {
  const DeviceState* const device = FindDevice(key);
  std::vector<collector::AuditRow> out;
  for (const collector::AuditRow& row : audit_) {
    if (out.size() == limit) break;
    const bool wanted =
        key == kEveryDevice || (device != nullptr && device->row.facts.device_id == row.device_id);
    if (wanted) out.push_back(row);
  }
  return out;
}

}  // namespace godwit::sim
