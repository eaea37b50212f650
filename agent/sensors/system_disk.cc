// system.disk.* from /sys/block/*/stat (Documentation/block/stat.rst): of whole disks, not of their
// partitions, which would count everything twice. /proc/diskstats says the same of all of them, and
// costs a board with its sixteen ram disks and eight loop devices many times as much. A sector
// there is 512 bytes, whatever the disk's own are.
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/sensors/counter.h"
#include "agent/sensors/name_filter.h"
#include "agent/sensors/row_table.h"
#include "agent/sensors/system_part.h"
#include "agent/sensors/text_scan.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr const char* kFolder = "/sys/block";  // only whole disks have a folder there
// A disk that is plugged in is seen within so many readings; one that is gone, at the next.
constexpr int kReadingsPerListing = 10;
constexpr uint64_t kSectorBytes = 512;
constexpr double kMillisecondsPerSecond = 1000;

// In the order of the file.
enum Column : size_t {
  kReads,
  kReadsMerged,
  kSectorsRead,
  kReadMs,
  kWrites,
  kWritesMerged,
  kSectorsWritten,
  kWriteMs,
  kInFlight,
  kIoMs,
  kColumns
};

std::vector<Series> SeriesOf(const std::string& disk) {
  const auto make = [&](const char* name, const char* unit, const char* direction) {
    Series series{.name = name,
                  .unit = unit,
                  .kind = Kind::kCounter,
                  .attributes = {{"system.device", disk}}};
    if (*direction != '\0') series.attributes["disk.io.direction"] = direction;
    return series;
  };
  return {make("system.disk.io", "By", "read"),
          make("system.disk.io", "By", "write"),
          make("system.disk.operations", "{operation}", "read"),
          make("system.disk.operations", "{operation}", "write"),
          make("system.disk.operation_time", "s", "read"),
          make("system.disk.operation_time", "s", "write"),
          make("system.disk.io_time", "s", "")};
}

constexpr size_t kValuesPerDisk = 7;

struct Disk {
  std::string name;
  std::string path;
  std::unique_ptr<SensorFile> stat;  // null: not open
};

class DiskPart final : public SystemPart {
 public:
  DiskPart(SensorInput& input, const FilterOptions& filter)
      : input_(input), filter_(filter.include, filter.exclude) {}

  const Table& table() const override { return rows_.table(); }
  uint64_t layout() const override { return rows_.layout(); }
  uint64_t refused() const override { return rows_.refused(); }

  void Read(std::vector<Value>& values, Faults& faults) override {
    const Status listed = ListDisks();
    if (!listed.ok()) return faults.Add(listed);
    rows_.Begin(values);
    for (Disk& disk : disks_) {
      const auto text = ReadStat(disk);
      if (!text.ok()) {
        disk.stat.reset();
        readings_to_listing_ = 0;
      }
      if (absl::IsNotFound(text.status())) continue;  // unplugged
      if (!rows_.Add(disk.name)) continue;
      AddValues(text.ok() ? *text : "", values);
      if (text.ok()) {
        NameMissing(values, kValuesPerDisk, disk.path, "", faults);
      } else {
        faults.Add(text.status());
      }
    }
    rows_.End(kFolder, faults);
  }

 private:
  Status ListDisks() {
    if (readings_to_listing_-- > 0) return absl::OkStatus();
    readings_to_listing_ = 0;  // at once again if this fails
    GODWIT_ASSIGN_OR_RETURN(auto folders, input_.List(kFolder));
    if (folders_ != folders) FindDisks(std::move(folders));
    readings_to_listing_ = kReadingsPerListing;
    return absl::OkStatus();
  }

  void FindDisks(std::vector<std::string> folders) {
    folders_ = std::move(folders);
    disks_.clear();
    for (const std::string& folder : folders_) {
      std::string name = folder;
      std::replace(name.begin(), name.end(), '!', '/');  // cciss/c0d0, as the kernel escapes it
      if (!filter_.Takes(name)) continue;
      disks_.push_back({.name = std::move(name), .path = Cat(kFolder, "/", folder, "/stat")});
    }
  }

  StatusOr<std::string_view> ReadStat(Disk& disk) {
    if (disk.stat == nullptr) {
      GODWIT_ASSIGN_OR_RETURN(disk.stat, input_.Open(disk.path));
    }
    return disk.stat->Read();
  }

  static void AddValues(std::string_view text, std::vector<Value>& values) {
    const auto of = TakeCounters<kColumns>(text);
    values.push_back(ValueOf(of[kSectorsRead], kSectorBytes));
    values.push_back(ValueOf(of[kSectorsWritten], kSectorBytes));
    values.push_back(ValueOf(of[kReads]));
    values.push_back(ValueOf(of[kWrites]));
    values.push_back(SecondsOf(of[kReadMs], kMillisecondsPerSecond));
    values.push_back(SecondsOf(of[kWriteMs], kMillisecondsPerSecond));
    values.push_back(SecondsOf(of[kIoMs], kMillisecondsPerSecond));
  }

  SensorInput& input_;
  NameFilter filter_;
  std::vector<std::string> folders_;  // as last listed
  std::vector<Disk> disks_;           // those that the filter takes
  int readings_to_listing_ = 0;
  RowTable rows_{SeriesOf};
};

}  // namespace

std::unique_ptr<SystemPart> MakeDiskPart(KernelFiles& files, const SystemOptions& options) {
  return std::make_unique<DiskPart>(files.input(), options.disks);
}

}  // namespace godwit::agent
