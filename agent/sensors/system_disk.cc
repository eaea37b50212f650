// system.disk.* from /sys/block/*/stat (Documentation/block/stat.rst): of whole disks, not of their
// partitions, which would count everything twice. /proc/diskstats says the same of all of them, and
// costs a board with its sixteen ram disks and eight loop devices many times as much. A sector
// there is 512 bytes, whatever the disk's own are.
#include <algorithm>
#include <array>
#include <optional>

#include "agent/sensors/name_filter.h"
#include "agent/sensors/row_table.h"
#include "agent/sensors/system_part.h"
#include "agent/sensors/text_scan.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr const char* kFolder = "/sys/block";  // only whole disks have a folder there
// A disk that is plugged in is seen within so many readings; one that is gone, at the next.
constexpr int kReadingsPerLook = 10;
constexpr int64_t kSectorBytes = 512;
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

struct Disk {
  std::string name;
  std::unique_ptr<SensorFile> stat;
};

class DiskPart final : public SystemPart {
 public:
  DiskPart(SensorInput& input, const FilterOptions& filter)
      : input_(input), filter_(filter.include, filter.exclude) {}

  const Table& table() const override { return rows_.table(); }
  uint64_t layout() const override { return rows_.layout(); }

  Status Read(std::vector<Value>& values) override {
    GODWIT_RETURN_IF_ERROR(LookForDisks());
    rows_.Begin(values);
    for (const Disk& disk : disks_) {
      const auto text = disk.stat->Read();
      if (!text.ok()) {  // unplugged
        folders_.reset();
        readings_to_look_ = 0;
        continue;
      }
      if (!rows_.Add(disk.name)) break;
      GODWIT_RETURN_IF_ERROR(AddValues(disk, *text, values));
    }
    rows_.End();
    return absl::OkStatus();
  }

 private:
  Status LookForDisks() {
    if (readings_to_look_-- > 0) return absl::OkStatus();
    readings_to_look_ = 0;  // at once again if this fails
    GODWIT_ASSIGN_OR_RETURN(auto folders, input_.List(kFolder));
    if (folders_ != folders) GODWIT_RETURN_IF_ERROR(OpenDisks(folders));
    folders_ = std::move(folders);
    readings_to_look_ = kReadingsPerLook;
    return absl::OkStatus();
  }

  Status OpenDisks(const std::vector<std::string>& folders) {
    folders_.reset();
    disks_.clear();
    for (const std::string& folder : folders) {
      std::string name = folder;
      std::replace(name.begin(), name.end(), '!', '/');  // cciss/c0d0, as the kernel escapes it
      if (!filter_.Takes(name)) continue;
      auto stat = input_.Open(Cat(kFolder, "/", folder, "/stat"));
      if (absl::IsNotFound(stat.status())) continue;  // unplugged a moment ago
      if (!stat.ok()) return stat.status();
      disks_.push_back({.name = std::move(name), .stat = *std::move(stat)});
    }
    return absl::OkStatus();
  }

  static Status AddValues(const Disk& disk, std::string_view text, std::vector<Value>& values) {
    std::array<int64_t, kColumns> of{};
    if (!TakeNumbers(text, of)) {
      return Error(StatusCode::kDataLoss, Cat(kFolder, ": too few numbers of ", disk.name));
    }
    const auto seconds = [&](Column column) {
      return static_cast<double>(of[column]) / kMillisecondsPerSecond;
    };
    values.emplace_back(of[kSectorsRead] * kSectorBytes);
    values.emplace_back(of[kSectorsWritten] * kSectorBytes);
    values.emplace_back(of[kReads]);
    values.emplace_back(of[kWrites]);
    values.emplace_back(seconds(kReadMs));
    values.emplace_back(seconds(kWriteMs));
    values.emplace_back(seconds(kIoMs));
    return absl::OkStatus();
  }

  SensorInput& input_;
  NameFilter filter_;
  // Whose files are open; none: not all of them, or one is of a disk that has gone.
  std::optional<std::vector<std::string>> folders_;
  std::vector<Disk> disks_;  // those that the filter takes
  int readings_to_look_ = 0;
  RowTable rows_{SeriesOf};
};

}  // namespace

std::unique_ptr<SystemPart> MakeDiskPart(KernelFiles& files, const SystemOptions& options) {
  return std::make_unique<DiskPart>(files.input(), options.disks);
}

}  // namespace godwit::agent
