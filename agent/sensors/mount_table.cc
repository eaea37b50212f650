#include "agent/sensors/mount_table.h"

#include <charconv>
#include <map>
#include <set>
#include <utility>

#include "agent/sensors/text_scan.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

// "\040" for a blank, as the kernel escapes it.
std::string Unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const bool escape = text[i] == '\\' && i + 3 < text.size();
    if (escape && std::from_chars(&text[i + 1], &text[i + 4], code, 8).ptr == &text[i + 4]) {
      out.push_back(static_cast<char>(code));
      i += 3;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

// "36 35 98:0 /root /point options [fields] - type device mode,…": false for a line that is not so.
bool ParseMount(std::string_view line, Mount& mount) {
  std::string_view word;
  std::string_view disk;
  std::string_view point;
  if (!TakeNumber(line, mount.id) || !TakeNumber(line, mount.parent) || !TakeWord(line, disk) ||
      !TakeWord(line, word) || !TakeWord(line, point)) {
    return false;
  }
  while (word != "-") {
    if (!TakeWord(line, word)) return false;
  }
  std::string_view type;
  std::string_view device;
  std::string_view mode;
  if (!TakeWord(line, type) || !TakeWord(line, device) || !TakeWord(line, mode)) return false;
  mount.disk = disk;
  mount.point = Unescaped(point);
  mount.device = Unescaped(device);
  mount.type = type;
  mount.mode = mode == "ro" || mode.starts_with("ro,") ? "ro" : "rw";
  return true;
}

// Walks paths as the kernel does, from mount to mount, without asking it: a path may lead into a
// mount whose server is gone.
class Walk {
 public:
  explicit Walk(const std::vector<Mount>& mounts) {
    std::set<uint64_t> known;
    for (const Mount& mount : mounts) known.insert(mount.id);
    for (const Mount& mount : mounts) {
      const bool inside = known.contains(mount.parent) && mount.parent != mount.id;
      on_[{inside ? mount.parent : kOutside, mount.point}] = mount.id;
    }
  }

  // The mount that `path` leads to.
  uint64_t MountAt(const std::string& path) const {
    uint64_t at = kOutside;
    Enter("/", at);
    for (size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
      Enter(path.substr(0, end), at);
    }
    if (path != "/") Enter(path, at);
    return at;
  }

 private:
  // What is mounted on the root of this process, or on folders that are no mount of its own.
  static constexpr uint64_t kOutside = UINT64_MAX;

  // Follows what is mounted there on the mount `at`, and on that, and so on: each at most once.
  void Enter(const std::string& point, uint64_t& at) const {
    for (size_t steps = 0; steps < on_.size(); ++steps) {
      const auto found = on_.find({at, point});
      if (found == on_.end()) return;
      at = found->second;
    }
  }

  std::map<std::pair<uint64_t, std::string>, uint64_t> on_;  // (mount, path) -> the mount on it
};

}  // namespace

std::vector<Mount> ParseMounts(std::string_view mountinfo, Faults& faults) {
  std::vector<Mount> mounts;
  size_t odd = 0;
  std::string_view line;
  while (TakeLine(mountinfo, line)) {
    Mount mount;
    if (ParseMount(line, mount)) {
      mounts.push_back(std::move(mount));
    } else {
      ++odd;
    }
  }
  if (odd > 0) faults.Add(Cat("/proc/self/mountinfo: unreadable lines: ", odd));
  const Walk walk(mounts);
  for (Mount& mount : mounts) mount.covered = walk.MountAt(mount.point) != mount.id;
  return mounts;
}

}  // namespace godwit::agent
