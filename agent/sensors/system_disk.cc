// system.disk.* from /proc/diskstats (Documentation/admin-guide/iostats.rst): of whole disks, not
// of their partitions, which would count everything twice. A sector there is 512 bytes, whatever
// the disk's own are.
#include <algorithm>
#include <array>
#include <map>

#include "agent/sensors/name_filter.h"
#include "agent/sensors/row_table.h"
#include "agent/sensors/system_part.h"
#include "agent/sensors/text_scan.h"

namespace godwit::agent {
namespace {

constexpr int64_t kSectorBytes = 512;
constexpr double kMillisecondsPerSecond = 1000;

// Behind the name, in the order of the file.
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

class DiskPart final : public SystemPart {
 public:
  DiskPart(KernelFiles& files, const FilterOptions& filter)
      : files_(files),
        diskstats_(files.Use("/proc/diskstats")),
        filter_(filter.include, filter.exclude) {}

  const Table& table() const override { return rows_.table(); }
  uint64_t layout() const override { return rows_.layout(); }

  Status Read(std::vector<Value>& values) override {
    GODWIT_ASSIGN_OR_RETURN(std::string_view text, files_.Text(diskstats_));
    rows_.Begin(values);
    std::string_view line;
    while (TakeLine(text, line)) {
      std::string_view major;
      std::string_view minor;
      std::string_view name;
      if (!TakeWord(line, major) || !TakeWord(line, minor) || !TakeWord(line, name)) {
        return Error(StatusCode::kDataLoss, "/proc/diskstats: a line without a name");
      }
      if (!filter_.Takes(name) || !IsWhole(name)) continue;
      if (!rows_.Add(name)) break;
      GODWIT_RETURN_IF_ERROR(AddValues(line, values));
    }
    rows_.End();
    return absl::OkStatus();
  }

 private:
  static Status AddValues(std::string_view line, std::vector<Value>& values) {
    std::array<int64_t, kColumns> of{};
    if (!TakeNumbers(line, of)) {
      return Error(StatusCode::kDataLoss, "/proc/diskstats: too few numbers behind a name");
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

  // Only whole disks have a folder in /sys/block. It is listed when a name is new.
  bool IsWhole(std::string_view name) {
    const auto found = whole_.find(name);
    if (found != whole_.end()) return found->second;
    constexpr size_t kKnownMax = 1024;
    if (whole_.size() >= kKnownMax) whole_.clear();
    const auto listed = files_.input().List("/sys/block");
    // Without /sys nobody can tell: rather twice than not at all.
    const bool whole =
        !listed.ok() || std::find(listed->begin(), listed->end(), name) != listed->end();
    whole_.emplace(name, whole);
    return whole;
  }

  KernelFiles& files_;
  KernelFiles::Number diskstats_;
  NameFilter filter_;
  std::map<std::string, bool, std::less<>> whole_;
  RowTable rows_{SeriesOf};
};

}  // namespace

std::unique_ptr<SystemPart> MakeDiskPart(KernelFiles& files, const SystemOptions& options) {
  return std::make_unique<DiskPart>(files, options.disks);
}

}  // namespace godwit::agent
