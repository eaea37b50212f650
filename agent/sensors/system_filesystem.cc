// system.filesystem.* of what is mounted on a disk of this machine: mount points from
// /proc/self/mountinfo (proc(5)), types that have a disk from /proc/filesystems, space from
// statvfs. The mode is the file system's, not the mount's: the service's sandbox has mounts of its
// own, read-only ones, and what the kernel makes read-only after an error is still mounted "rw".
// Network file systems have no disk of their own, so a server that hangs is never asked. A disk
// that is mounted in several places is one row, under the first of them.
#include <algorithm>
#include <charconv>
#include <set>

#include "agent/sensors/name_filter.h"
#include "agent/sensors/row_table.h"
#include "agent/sensors/system_part.h"
#include "agent/sensors/text_scan.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

// How full it is moves in ten-thousandths: more digits are noise.
constexpr double kUtilizationResolution = 0.0001;

// Mounts are announced, but not what the kernel makes read-only.
constexpr double kSecondsPerLook = 60;

struct Mount {
  std::string point;
  std::string device;
  std::string type;
  std::string mode;
};

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
bool ParseMount(std::string_view line, Mount& mount, std::string_view& disk) {
  std::string_view word;
  std::string_view point;
  if (!TakeWord(line, word) || !TakeWord(line, word) || !TakeWord(line, disk) ||
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
  mount = {.point = Unescaped(point),
           .device = Unescaped(device),
           .type = std::string(type),
           .mode = mode == "ro" || mode.starts_with("ro,") ? "ro" : "rw"};
  return true;
}

class FileSystemPart final : public SystemPart {
 public:
  FileSystemPart(KernelFiles& files, const SystemOptions& options)
      : files_(files),
        mountinfo_(files.Use("/proc/self/mountinfo")),
        types_(files.Use("/proc/filesystems")),
        points_filter_(options.mount_points.include, options.mount_points.exclude),
        types_filter_({"*"}, options.exclude_types) {}

  const Table& table() const override { return rows_.table(); }
  uint64_t layout() const override { return rows_.layout(); }

  Status Read(std::vector<Value>& values) override {
    GODWIT_RETURN_IF_ERROR(LookForMounts());
    rows_.Begin(values);
    for (size_t i = 0; i < mounts_.size(); ++i) {
      if (!rows_.Add(keys_[i])) break;
      const auto usage = files_.input().UsageOf(mounts_[i].point);
      if (!usage.ok()) look_at_ = 0;
      AddValues(usage, values);
    }
    rows_.End();
    return absl::OkStatus();
  }

 private:
  // Printing it is among the dearest things that the kernel is asked for here, and it says the same
  // for months.
  Status LookForMounts() {
    const double now = files_.input().SecondsSinceBoot();
    if (!files_.ChangeAnnounced(mountinfo_) && now < look_at_) return absl::OkStatus();
    look_at_ = 0;  // at once again if this fails
    GODWIT_ASSIGN_OR_RETURN(const std::string_view mountinfo, files_.Text(mountinfo_));
    if (mountinfo != read_) GODWIT_RETURN_IF_ERROR(FindMounts(mountinfo));
    look_at_ = now + kSecondsPerLook;
    return absl::OkStatus();
  }

  // Types without "nodev" in front have a disk.
  StatusOr<std::set<std::string_view>> DiskTypes() {
    GODWIT_ASSIGN_OR_RETURN(std::string_view text, files_.Text(types_));
    std::set<std::string_view> types;
    std::string_view line;
    while (TakeLine(text, line)) {
      std::string_view word;
      if (TakeWord(line, word) && word != "nodev") types.insert(word);
    }
    // Volumes of several disks: the kernel says "nodev" of zfs.
    types.insert("zfs");
    return types;
  }

  Status FindMounts(std::string_view text) {
    GODWIT_ASSIGN_OR_RETURN(const auto disk_types, DiskTypes());
    const std::string_view whole = text;
    read_.clear();
    mounts_.clear();
    keys_.clear();
    std::set<std::string, std::less<>> disks;
    std::string_view line;
    while (TakeLine(text, line)) {
      Mount mount;
      std::string_view disk;
      if (!ParseMount(line, mount, disk)) {
        return Error(StatusCode::kDataLoss, "/proc/self/mountinfo: a line with too few words");
      }
      const bool wanted = disk_types.contains(mount.type) && types_filter_.Takes(mount.type) &&
                          points_filter_.Takes(mount.point);
      if (!wanted || !disks.emplace(disk).second) continue;
      keys_.push_back(Cat(mount.point, "\n", mount.device, "\n", mount.type, "\n", mount.mode));
      mounts_.push_back(std::move(mount));
    }
    read_ = whole;
    return absl::OkStatus();
  }

  std::vector<Series> SeriesOf(const std::string& key) const {
    const auto at = std::find(keys_.begin(), keys_.end(), key);
    const Mount& mount = mounts_[static_cast<size_t>(at - keys_.begin())];
    const auto make = [&](const char* name, const char* unit, Kind kind) {
      return Series{.name = name,
                    .unit = unit,
                    .kind = kind,
                    .attributes = {{"system.device", mount.device},
                                   {"system.filesystem.mountpoint", mount.point},
                                   {"system.filesystem.type", mount.type},
                                   {"system.filesystem.mode", mount.mode}}};
    };
    std::vector<Series> out;
    for (const char* state : {"used", "free", "reserved"}) {
      out.push_back(make("system.filesystem.usage", "By", Kind::kUpDown));
      out.back().attributes["system.filesystem.state"] = state;
    }
    out.push_back(make("system.filesystem.limit", "By", Kind::kUpDown));
    out.push_back(make("system.filesystem.utilization", "1", Kind::kGauge));
    out.back().resolution = kUtilizationResolution;
    return out;
  }

  static void AddValues(const StatusOr<FileSystemUsage>& usage, std::vector<Value>& values) {
    constexpr size_t kValuesPerRow = 5;
    if (!usage.ok()) {  // unmounted a moment ago, or failing: its values are missing
      values.resize(values.size() + kValuesPerRow);
      return;
    }
    const auto used = static_cast<int64_t>(usage->total_bytes - usage->free_bytes);
    const auto available = static_cast<int64_t>(usage->available_bytes);
    values.emplace_back(used);
    values.emplace_back(available);
    values.emplace_back(static_cast<int64_t>(usage->free_bytes) - available);
    values.emplace_back(static_cast<int64_t>(usage->total_bytes));
    // As df has it: of what an ordinary user could ever have.
    if (used + available > 0) {
      values.emplace_back(static_cast<double>(used) / static_cast<double>(used + available));
    } else {
      values.emplace_back();
    }
  }

  KernelFiles& files_;
  KernelFiles::Number mountinfo_;
  KernelFiles::Number types_;
  NameFilter points_filter_;
  NameFilter types_filter_;
  double look_at_ = 0;  // seconds since boot
  std::string read_;    // of mountinfo, when it was parsed last
  std::vector<Mount> mounts_;
  std::vector<std::string> keys_;  // one a mount
  RowTable rows_{[this](const std::string& key) { return SeriesOf(key); }};
};

}  // namespace

std::unique_ptr<SystemPart> MakeFileSystemPart(KernelFiles& files, const SystemOptions& options) {
  return std::make_unique<FileSystemPart>(files, options);
}

}  // namespace godwit::agent
