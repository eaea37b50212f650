// system.cpu.load_average.* from /proc/loadavg (proc(5)). Not in OpenTelemetry's conventions; the
// names are those of its hostmetrics receiver.
#include <array>

#include "agent/sensors/system_part.h"
#include "agent/sensors/text_scan.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr std::array<const char*, 3> kSpans = {"1m", "5m", "15m"};

class LoadPart final : public SystemPart {
 public:
  explicit LoadPart(KernelFiles& files) : files_(files), loadavg_(files.Use("/proc/loadavg")) {
    for (const char* span : kSpans) {
      table_.series.push_back({.name = Cat("system.cpu.load_average.", span),
                               .unit = "{thread}",
                               .kind = Kind::kGauge,
                               .attributes = {}});
    }
  }

  const Table& table() const override { return table_; }

  Status Read(std::vector<Value>& values) override {
    GODWIT_ASSIGN_OR_RETURN(std::string_view text, files_.Text(loadavg_));
    for (Value& value : values) {
      double load = 0;
      if (!TakeNumber(text, load)) {
        return Error(StatusCode::kDataLoss, "/proc/loadavg does not begin with three numbers");
      }
      value = load;
    }
    return absl::OkStatus();
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
