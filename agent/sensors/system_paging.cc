// system.paging.*: swap space from /proc/meminfo, pages and faults from /proc/vmstat (proc(5)). A
// major fault waited for a disk; pgfault counts both kinds.
#include "agent/sensors/field_list.h"
#include "agent/sensors/system_part.h"

namespace godwit::agent {
namespace {

constexpr int64_t kKibibyte = 1024;
constexpr std::array<std::string_view, 2> kSwap = {"SwapTotal", "SwapFree"};
constexpr std::array<std::string_view, 4> kEvents = {"pswpin", "pswpout", "pgfault", "pgmajfault"};

Series PagingSeries(const char* name, const char* unit, Kind kind, const char* key,
                    const char* value) {
  return {.name = name, .unit = unit, .kind = kind, .attributes = {{key, value}}};
}

class PagingPart final : public SystemPart {
 public:
  explicit PagingPart(KernelFiles& files)
      : files_(files), meminfo_(files.Use("/proc/meminfo")), vmstat_(files.Use("/proc/vmstat")) {
    const auto usage = [](const char* state) {
      return PagingSeries("system.paging.usage", "By", Kind::kUpDown, "system.paging.state", state);
    };
    const auto operations = [](const char* direction) {
      return PagingSeries("system.paging.operations", "{operation}", Kind::kCounter,
                          "system.paging.direction", direction);
    };
    const auto faults = [](const char* type) {
      return PagingSeries("system.paging.faults", "{fault}", Kind::kCounter,
                          "system.paging.fault.type", type);
    };
    table_.series = {usage("used"),     usage("free"),   operations("in"),
                     operations("out"), faults("minor"), faults("major")};
  }

  const Table& table() const override { return table_; }

  Status Read(std::vector<Value>& values) override {
    GODWIT_ASSIGN_OR_RETURN(const std::string_view meminfo, files_.Text(meminfo_));
    GODWIT_ASSIGN_OR_RETURN(const std::string_view vmstat, files_.Text(vmstat_));
    std::array<int64_t, 2> swap{};
    std::array<int64_t, 4> events{};
    GODWIT_RETURN_IF_ERROR(FindFields(meminfo, "/proc/meminfo", kSwap, swap));
    GODWIT_RETURN_IF_ERROR(FindFields(vmstat, "/proc/vmstat", kEvents, events));
    values = {(swap[0] - swap[1]) * kKibibyte,
              swap[1] * kKibibyte,
              events[0],
              events[1],
              events[2] - events[3],
              events[3]};
    return absl::OkStatus();
  }

 private:
  KernelFiles& files_;
  KernelFiles::Number meminfo_;
  KernelFiles::Number vmstat_;
  Table table_;
};

}  // namespace

std::unique_ptr<SystemPart> MakePagingPart(KernelFiles& files, const SystemOptions&) {
  return std::make_unique<PagingPart>(files);
}

}  // namespace godwit::agent
