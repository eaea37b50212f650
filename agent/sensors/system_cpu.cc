// system.cpu.time from the first line of /proc/stat (proc(5)): ticks of 1/100 s a mode. user
// contains guest, nice contains guest_nice, so the two guest columns are not series of their own.
#include <array>
#include <charconv>

#include "agent/sensors/system_part.h"

namespace godwit::agent {
namespace {

constexpr double kTicksPerSecond = 100;  // USER_HZ, fixed in the kernel's interface
constexpr std::array<const char*, 8> kModes = {"user",   "nice",      "system",  "idle",
                                               "iowait", "interrupt", "softirq", "steal"};

class CpuPart final : public SystemPart {
 public:
  explicit CpuPart(std::unique_ptr<SensorFile> stat) : stat_(std::move(stat)) {
    for (const char* mode : kModes) {
      table_.series.push_back({.name = "system.cpu.time",
                               .unit = "s",
                               .kind = Kind::kCounter,
                               .attributes = {{"cpu.mode", mode}}});
    }
  }

  const Table& table() const override { return table_; }

  Status Read(std::vector<Value>& values) override {
    GODWIT_ASSIGN_OR_RETURN(std::string_view text, stat_->Read());
    std::string_view word;
    if (!TakeWord(text, word) || word != "cpu") {
      return Error(StatusCode::kDataLoss, "/proc/stat does not begin with 'cpu'");
    }
    for (Value& value : values) {
      uint64_t ticks = 0;
      if (!TakeWord(text, word) ||
          std::from_chars(word.data(), word.data() + word.size(), ticks).ec != std::errc{}) {
        return Error(StatusCode::kDataLoss, "/proc/stat: too few numbers behind 'cpu'");
      }
      value = static_cast<double>(ticks) / kTicksPerSecond;
    }
    return absl::OkStatus();
  }

 private:
  std::unique_ptr<SensorFile> stat_;
  Table table_;
};

}  // namespace

StatusOr<std::unique_ptr<SystemPart>> MakeCpuPart(SensorInput& input) {
  GODWIT_ASSIGN_OR_RETURN(auto stat, input.Open("/proc/stat"));
  return std::make_unique<CpuPart>(std::move(stat));
}

}  // namespace godwit::agent
