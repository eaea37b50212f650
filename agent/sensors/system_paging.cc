// system.paging.*: swap space from /proc/meminfo, pages and faults from /proc/vmstat (proc(5)). A
// major fault waited for a disk; pgfault counts both kinds.
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "agent/sensors/field_list.h"
#include "agent/sensors/system_part.h"

namespace godwit::agent {
namespace {

constexpr uint64_t kKibibyte = 1024;
constexpr std::array<std::string_view, 2> kSwap = {"SwapTotal", "SwapFree"};
constexpr std::array<std::string_view, 4> kEvents = {"pswpin", "pswpout", "pgfault", "pgmajfault"};

Series PagingSeries(const char* name, const char* unit, Kind kind, const char* key,
                    const char* value) {
  return {.name = name, .unit = unit, .kind = kind, .attributes = {{key, value}}};
}

class PagingPart final : public SystemPart {
 public:
  PagingPart(KernelFiles& files, uint32_t every)
      : files_(files),
        every_(every),
        meminfo_(files.UseRecord("/proc/meminfo")),
        vmstat_(files.Use("/proc/vmstat")) {
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
  uint32_t every() const override { return every_; }

  void Read(std::vector<Value>& values, Faults& faults) override {
    if (const auto text = files_.Text(meminfo_); text.ok()) {
      const auto swap = FindFields(*text, "/proc/meminfo", kSwap, faults);
      values[0] = DifferenceOf(swap[0], swap[1], kKibibyte);
      values[1] = ValueOf(swap[1], kKibibyte);
    } else {
      faults.Add(text.status());
    }
    if (const auto text = files_.Text(vmstat_); text.ok()) {
      const auto events = FindFields(*text, "/proc/vmstat", kEvents, faults);
      values[2] = ValueOf(events[0]);
      values[3] = ValueOf(events[1]);
      values[4] = DifferenceOf(events[2], events[3]);
      values[5] = ValueOf(events[3]);
    } else {
      faults.Add(text.status());
    }
  }

 private:
  KernelFiles& files_;
  const uint32_t every_;
  KernelFiles::Number meminfo_;
  KernelFiles::Number vmstat_;
  Table table_;
};

}  // namespace

std::unique_ptr<SystemPart> MakePagingPart(KernelFiles& files, const SystemOptions& options) {
  return std::make_unique<PagingPart>(files, options.paging_every);
}

}  // namespace godwit::agent
