// system.memory.* from /proc/meminfo (proc(5)), which counts in KiB. used = MemTotal -
// MemAvailable.
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
// In the order of the file.
enum Field : size_t { kTotal, kFree, kAvailable, kBuffers, kCached, kFields };
constexpr std::array<std::string_view, kFields> kNames = {"MemTotal", "MemFree", "MemAvailable",
                                                          "Buffers", "Cached"};

Series Usage(const char* state) {
  return {.name = "system.memory.usage",
          .unit = "By",
          .kind = Kind::kUpDown,
          .attributes = {{"system.memory.state", state}}};
}

Series Bytes(const char* name) {
  return {.name = name, .unit = "By", .kind = Kind::kUpDown, .attributes = {}};
}

class MemoryPart final : public SystemPart {
 public:
  explicit MemoryPart(KernelFiles& files)
      : files_(files), meminfo_(files.UseRecord("/proc/meminfo")) {
    table_.series = {Usage("used"),
                     Usage("free"),
                     Usage("cached"),
                     Usage("buffers"),
                     Bytes("system.memory.limit"),
                     Bytes("system.memory.linux.available")};
  }

  const Table& table() const override { return table_; }

  void Read(std::vector<Value>& values, Faults& faults) override {
    const auto text = files_.Text(meminfo_);
    if (!text.ok()) return faults.Add(text.status());
    const auto of = FindFields(*text, "/proc/meminfo", kNames, faults);
    values = {DifferenceOf(of[kTotal], of[kAvailable], kKibibyte),
              ValueOf(of[kFree], kKibibyte),
              ValueOf(of[kCached], kKibibyte),
              ValueOf(of[kBuffers], kKibibyte),
              ValueOf(of[kTotal], kKibibyte),
              ValueOf(of[kAvailable], kKibibyte)};
  }

 private:
  KernelFiles& files_;
  KernelFiles::Number meminfo_;
  Table table_;
};

}  // namespace

std::unique_ptr<SystemPart> MakeMemoryPart(KernelFiles& files, const SystemOptions&) {
  return std::make_unique<MemoryPart>(files);
}

}  // namespace godwit::agent
