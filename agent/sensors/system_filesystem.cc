// system.filesystem.* of what is mounted on a disk of this machine: mount points from
// /proc/self/mountinfo (proc(5)), types that have a disk from /proc/filesystems, space and mode
// from statvfs: a file system that the kernel makes read-only after an error is still mounted "rw"
// in mountinfo, and nothing is announced. Network file systems have no disk of their own, so a
// server that hangs is never asked. A disk that is mounted in several places is one row, under the
// first of them.
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

struct Mount {
  std::string point;
  std::string device;
  std::string type;
  bool read_only = false;

  const char* mode() const { return read_only ? "ro" : "rw"; }
  // Another of any of these is another row.
  std::string Key() const { return Cat(point, "\n", device, "\n", type, "\n", mode()); }
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

// "36 35 98:0 /root /point options [fields] - type device …": false for a line that is not so.
bool ParseMount(std::string_view line, Mount& mount, std::string_view& disk) {
  std::string_view word;
  std::string_view point;
  std::string_view options;
  if (!TakeWord(line, word) || !TakeWord(line, word) || !TakeWord(line, disk) ||
      !TakeWord(line, word) || !TakeWord(line, point) || !TakeWord(line, options)) {
    return false;
  }
  while (word != "-") {
    if (!TakeWord(line, word)) return false;
  }
  std::string_view type;
  std::string_view device;
  if (!TakeWord(line, type) || !TakeWord(line, device)) return false;
  mount = {.point = Unescaped(point),
           .device = Unescaped(device),
           .type = std::string(type),
           .read_only = options.starts_with("ro")};
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
      const auto usage = files_.input().UsageOf(mounts_[i].point);
      if (!usage.ok()) {
        look_ = true;
      } else if (usage->read_only != mounts_[i].read_only) {
        mounts_[i].read_only = usage->read_only;
        keys_[i] = mounts_[i].Key();
      }
      if (!rows_.Add(keys_[i])) break;
      AddValues(usage, values);
    }
    rows_.End();
    return absl::OkStatus();
  }

 private:
  // Printing it is among the dearest things that the kernel is asked for here, and it says the same
  // for months.
  Status LookForMounts() {
    if (!files_.ChangeAnnounced(mountinfo_) && !look_) return absl::OkStatus();
    look_ = true;  // at once again if this fails
    GODWIT_ASSIGN_OR_RETURN(const std::string_view mountinfo, files_.Text(mountinfo_));
    if (mountinfo != read_) GODWIT_RETURN_IF_ERROR(FindMounts(mountinfo));
    look_ = false;
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
      keys_.push_back(mount.Key());
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
                                   {"system.filesystem.mode", mount.mode()}}};
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
  bool look_ = true;
  std::string read_;  // of mountinfo, when it was parsed last
  std::vector<Mount> mounts_;
  std::vector<std::string> keys_;  // one a mount
  RowTable rows_{[this](const std::string& key) { return SeriesOf(key); }};
};

}  // namespace

std::unique_ptr<SystemPart> MakeFileSystemPart(KernelFiles& files, const SystemOptions& options) {
  return std::make_unique<FileSystemPart>(files, options);
}

}  // namespace godwit::agent
