// system.cpu.load_average.* from /proc/loadavg (proc(5)). Not in OpenTelemetry's conventions; the
// names are those of its hostmetrics receiver.
#include <array>
#include <cmath>
#include <memory>
#include <string_view>
#include <vector>

#include "agent/sensors/system_part.h"
#include "agent/sensors/text_scan.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr std::array<const char*, 3> kSpans = {"1m", "5m", "15m"};

class LoadPart final : public SystemPart {
 public:
  explicit LoadPart(KernelFiles& files)
      : files_(files), loadavg_(files.UseRecord("/proc/loadavg")) {
    for (const char* span : kSpans) {
      table_.series.push_back({.name = Cat("system.cpu.load_average.", span),
                               .unit = "{thread}",
                               .kind = Kind::kGauge,
                               .attributes = {}});
    }
  }

  const Table& table() const override { return table_; }

  void Read(std::vector<Value>& values, Faults& faults) override {
    const auto loadavg = files_.Text(loadavg_);
    if (!loadavg.ok()) return faults.Add(loadavg.status());
    std::string_view text = *loadavg;
    for (size_t i = 0; i < kSpans.size(); ++i) {
      double load = 0;
      if (TakeNumber(text, load) && std::isfinite(load)) {
        values[i] = load;
      } else {
        faults.Add(Cat("/proc/loadavg: the load of ", kSpans[i], " is not a number"));
      }
    }
  }

 private:
  KernelFiles& files_;
  KernelFiles::Number loadavg_;
  Table table_;
};

}  // namespace

std::unique_ptr<SystemPart> MakeLoadPart(KernelFiles& files, const SystemOptions&) {
  return std::make_unique<LoadPart>(files);
}

}  // namespace godwit::agent
