// system.filesystem.* of what is mounted on a disk of this machine: mount points from
// /proc/self/mountinfo (proc(5)), types that have a disk from /proc/filesystems, space from
// statvfs. The mode is the file system's, not the mount's: the service's sandbox has mounts of its
// own, read-only ones, and what the kernel makes read-only after an error is still mounted "rw".
// Network file systems have no disk of their own and are not asked; but the path of a disk may lead
// through one, so any of them may be silent. A disk that is mounted in several places is one row,
// under the first of them that is not covered by another mount.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/sensors/counter.h"
#include "agent/sensors/mount_table.h"
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
constexpr double kSecondsPerListing = 60;

constexpr size_t kValuesPerMount = 5;

// A mount that is sampled.
struct Sampled {
  explicit Sampled(Mount taken)
      : mount(std::move(taken)),
        row(Cat(mount.point, "\n", mount.device, "\n", mount.type, "\n", mount.mode)) {}

  Mount mount;
  std::string row;
};

void AddValues(const FileSystemUsage& usage, std::vector<Value>& values) {
  const Counter total = usage.total_bytes;
  const Counter free = usage.free_bytes;
  const Counter available = usage.available_bytes;
  values.push_back(DifferenceOf(total, free));
  values.push_back(ValueOf(available));
  values.push_back(DifferenceOf(free, available));
  values.push_back(ValueOf(total));
  // As df has it: of what an ordinary user could ever have.
  const double used = static_cast<double>(*total) - static_cast<double>(*free);
  const double most = used + static_cast<double>(*available);
  values.push_back(most > 0 ? Value(used / most) : Value());
}

class FileSystemPart final : public SystemPart {
 public:
  FileSystemPart(KernelFiles& files, const SystemOptions& options)
      : files_(files),
        every_(options.file_systems_every),
        mountinfo_(files.Use("/proc/self/mountinfo")),
        types_(files.UseRecord("/proc/filesystems")),
        points_filter_(options.mount_points.include, options.mount_points.exclude),
        types_filter_({"*"}, options.exclude_types) {}

  const Table& table() const override { return rows_.table(); }
  uint64_t layout() const override { return rows_.layout(); }
  uint64_t refused() const override { return rows_.refused(); }

  uint32_t every() const override { return every_; }
  bool may_block() const override { return true; }

  void Read(std::vector<Value>& values, Faults& faults) override {
    const Status listed = ListMounts();
    if (!listed.ok()) return faults.Add(listed);
    faults.Add(unreadable_);
    rows_.Begin(values);
    std::vector<const Mount*> taken;
    std::vector<MountedFileSystem> asked;
    for (const auto& [mount, row] : mounts_) {
      if (!rows_.Add(row)) continue;
      taken.push_back(&mount);
      if (!mount.covered) asked.push_back({mount.id, mount.point});
    }
    const auto answers = files_.input().UsagesOf(asked);
    auto answer = answers.begin();
    for (const Mount* mount : taken) {
      AddRow(*mount, mount->covered ? Covered() : *answer++, values, faults);
    }
    rows_.End("/proc/self/mountinfo", faults);
  }

 private:
  static Status Covered() {
    return Error(StatusCode::kFailedPrecondition,
                 "another mount covers it, so its space cannot be read");
  }

  void AddRow(const Mount& mount, const StatusOr<FileSystemUsage>& usage,
              std::vector<Value>& values, Faults& faults) {
    if (usage.ok()) return AddValues(*usage, values);
    values.resize(values.size() + kValuesPerMount);
    faults.Add(Annotate(usage.status(), Cat("file system ", mount.point)));
    list_at_ = 0;
  }

  // Printing it is among the dearest things that the kernel is asked for here, and it says the same
  // for months.
  Status ListMounts() {
    const double now = files_.input().SecondsSinceBoot();
    if (!files_.ChangeAnnounced(mountinfo_) && now < list_at_) return absl::OkStatus();
    list_at_ = 0;  // at once again if this fails
    GODWIT_ASSIGN_OR_RETURN(const std::string_view mountinfo, files_.Text(mountinfo_));
    if (mountinfo != read_) GODWIT_RETURN_IF_ERROR(FindMounts(mountinfo));
    if (unreadable_.empty()) list_at_ = now + kSecondsPerListing;
    return absl::OkStatus();
  }

  // Types without "nodev" in front have a disk.
  StatusOr<std::set<std::string, std::less<>>> DiskTypes() {
    GODWIT_ASSIGN_OR_RETURN(std::string_view text, files_.Text(types_));
    // Volumes of several disks: the kernel says "nodev" of zfs.
    std::set<std::string, std::less<>> types = {"zfs"};
    std::string_view line;
    while (TakeLine(text, line)) {
      std::string_view word;
      if (TakeWord(line, word) && word != "nodev") types.emplace(word);
    }
    return types;
  }

  Status FindMounts(std::string_view text) {
    GODWIT_ASSIGN_OR_RETURN(const auto disk_types, DiskTypes());
    Faults unreadable;
    std::vector<Mount> all = ParseMounts(text, unreadable);
    if (all.empty()) return Error(StatusCode::kDataLoss, "/proc/self/mountinfo has no mount");
    read_ = text;
    unreadable_ = unreadable;
    mounts_.clear();
    std::map<std::string, size_t> places;  // in mounts_, by disk and by row
    for (Mount& mount : all) {
      const bool wanted = disk_types.contains(mount.type) && types_filter_.Takes(mount.type) &&
                          points_filter_.Takes(mount.point);
      if (!wanted) continue;
      Sampled sampled(std::move(mount));
      auto same = places.find(sampled.mount.disk);
      if (same == places.end()) same = places.find(sampled.row);
      if (same == places.end()) {
        places[sampled.mount.disk] = places[sampled.row] = mounts_.size();
        mounts_.push_back(std::move(sampled));
      } else if (mounts_[same->second].mount.covered && !sampled.mount.covered) {
        mounts_[same->second] = std::move(sampled);
      }
    }
    return absl::OkStatus();
  }

  std::vector<Series> SeriesOf(const std::string& row) const {
    const auto at = std::find_if(mounts_.begin(), mounts_.end(),
                                 [&](const Sampled& sampled) { return sampled.row == row; });
    const Mount& mount = at->mount;
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

  KernelFiles& files_;
  const uint32_t every_;
  KernelFiles::Number mountinfo_;
  KernelFiles::Number types_;
  NameFilter points_filter_;
  NameFilter types_filter_;
  double list_at_ = 0;  // seconds since boot
  std::string read_;    // of mountinfo, when it was parsed last
  Faults unreadable_;   // in it
  std::vector<Sampled> mounts_;
  RowTable rows_{[this](const std::string& row) { return SeriesOf(row); }};
};

}  // namespace

std::unique_ptr<SystemPart> MakeFileSystemPart(KernelFiles& files, const SystemOptions& options) {
  return std::make_unique<FileSystemPart>(files, options);
}

}  // namespace godwit::agent
