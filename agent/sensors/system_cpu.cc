// system.cpu.time and system.cpu.logical.count from /proc/stat (proc(5)): ticks of 1/100 s a mode.
// user contains guest, nice contains guest_nice, so the two guest columns are no series of their
// own. How busy a cpu is, is a rate of this: `godwit query --agg rate`.
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/sensors/counter.h"
#include "agent/sensors/row_table.h"
#include "agent/sensors/system_part.h"
#include "agent/sensors/text_scan.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr double kTicksPerSecond = 100;  // USER_HZ, fixed in the kernel's interface
constexpr std::array<const char*, 8> kModes = {"user",   "nice",      "system",  "idle",
                                               "iowait", "interrupt", "softirq", "steal"};
// The row that stands for all cores.
constexpr std::string_view kAllCores = "cpu";

std::vector<Series> SeriesOf(const std::string& row) {
  std::vector<Series> out;
  for (const char* mode : kModes) {
    Series series{.name = "system.cpu.time",
                  .unit = "s",
                  .kind = Kind::kCounter,
                  .attributes = {{"cpu.mode", mode}}};
    if (row != kAllCores) series.attributes["cpu.logical_number"] = row.substr(kAllCores.size());
    out.push_back(std::move(series));
  }
  if (row == kAllCores) {
    out.push_back({.name = "system.cpu.logical.count",
                   .unit = "{cpu}",
                   .kind = Kind::kUpDown,
                   .attributes = {}});
  }
  return out;
}

class CpuPart final : public SystemPart {
 public:
  CpuPart(KernelFiles& files, bool per_core)
      : files_(files), stat_(files.UseRecord("/proc/stat")), per_core_(per_core) {}

  const Table& table() const override { return rows_.table(); }
  uint64_t layout() const override { return rows_.layout(); }
  uint64_t refused() const override { return rows_.refused(); }

  void Read(std::vector<Value>& values, Faults& faults) override {
    const auto stat = files_.Text(stat_);
    if (!stat.ok()) return faults.Add(stat.status());
    std::string_view text = *stat;
    if (!text.starts_with("cpu ")) return faults.Add("/proc/stat does not begin with 'cpu'");
    rows_.Begin(values);
    int64_t cores = 0;
    size_t count_at = 0;
    std::string_view line;
    while (TakeLine(text, line) && line.starts_with(kAllCores)) {
      std::string_view row;
      TakeWord(line, row);
      const bool all = row == kAllCores;
      if (!all) ++cores;
      if ((!all && !per_core_) || !rows_.Add(row)) continue;
      for (const Counter& ticks : TakeCounters<kModes.size()>(line)) {
        values.push_back(SecondsOf(ticks, kTicksPerSecond));
      }
      NameMissing(values, kModes.size(), "/proc/stat", row, faults);
      if (all) {
        count_at = values.size();
        values.emplace_back();  // known when all lines are read
      }
    }
    values[count_at] = cores;
    rows_.End("/proc/stat", faults);
  }

 private:
  KernelFiles& files_;
  KernelFiles::Number stat_;
  bool per_core_;
  RowTable rows_{SeriesOf};
};

}  // namespace

std::unique_ptr<SystemPart> MakeCpuPart(KernelFiles& files, const SystemOptions& options) {
  return std::make_unique<CpuPart>(files, options.per_core);
}

}  // namespace godwit::agent
