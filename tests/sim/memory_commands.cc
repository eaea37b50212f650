// Commands in the twin of the store.
#include <algorithm>

#include "collector/limits.h"
#include "tests/sim/memory_store.h"

namespace godwit::sim {
namespace {

using collector::CommandRow;

bool IsOpen(const CommandRow& row, int64_t now_unix_ns) {
  return !HasEnded(row.state) && row.command.expires_unix_ns > now_unix_ns;
}

}  // namespace

StatusOr<CommandRow> MemoryStore::Issue(const collector::NewCommand& command, int64_t now_unix_ns) {
  if (!devices_.contains(command.device_id)) {
    return Error(StatusCode::kNotFound, "store: the device is not known");
  }
  if (const auto earlier = commands_.find(command.id); earlier != commands_.end()) {
    if (IsSameOrder(earlier->second.command, command)) return earlier->second;
    return Error(StatusCode::kAlreadyExists, "another command has this id");
  }
  const auto open = std::count_if(commands_.begin(), commands_.end(), [&](const auto& other) {
    return other.second.command.device_id == command.device_id && IsOpen(other.second, now_unix_ns);
  });
  if (static_cast<size_t>(open) >= collector::kOpenCommandsMax) {
    return Error(StatusCode::kResourceExhausted, "too many commands wait already");
  }
  commands_[command.id] = {.command = command, .issued_unix_ns = now_unix_ns};
  NoteChange("command", command, now_unix_ns);
  return commands_[command.id];
}

StatusOr<std::vector<CommandRow>> MemoryStore::OpenCommands(const std::string& device_id,
                                                            int64_t now_unix_ns) {
  std::vector<CommandRow> rows;
  for (const auto& [id, row] : commands_) {
    if (row.command.device_id != device_id) continue;
    const bool started = row.state == collector::CommandState::kStarted;
    if (started || IsOpen(row, now_unix_ns)) rows.push_back(row);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const CommandRow& a, const CommandRow& b) {
    return a.issued_unix_ns < b.issued_unix_ns;
  });
  return rows;
}

StatusOr<collector::CommandAnswer> MemoryStore::Report(const collector::CommandReport& report,
                                                       int64_t now_unix_ns) {
  const auto found = commands_.find(report.id);
  if (found == commands_.end() || found->second.command.device_id != report.device_id) {
    return Error(StatusCode::kNotFound, "store: no such command of this device");
  }
  return Judge(report, now_unix_ns, found->second);
}

StatusOr<std::vector<CommandRow>> MemoryStore::Commands(int64_t key, size_t limit) {
  const DeviceState* const device = FindDevice(key);
  std::vector<CommandRow> rows;
  for (const auto& [id, row] : commands_) {
    if (device != nullptr && row.command.device_id == device->row.facts.device_id) {
      rows.push_back(row);
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const CommandRow& a, const CommandRow& b) {
    return a.issued_unix_ns > b.issued_unix_ns;
  });
  if (rows.size() > limit) rows.resize(limit);
  return rows;
}

StatusOr<CommandRow> MemoryStore::Command(const std::string& id) {
  const auto found = commands_.find(id);
  if (found == commands_.end()) return Error(StatusCode::kNotFound, "store: no such command");
  return found->second;
}

}  // namespace godwit::sim
