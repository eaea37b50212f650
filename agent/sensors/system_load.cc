// system.cpu.load_average.* from /proc/loadavg (proc(5)). Not in OpenTelemetry's conventions; the
// names are those of its hostmetrics receiver.
#include <array>
#include <charconv>

#include "agent/sensors/system_part.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr std::array<const char*, 3> kSpans = {"1m", "5m", "15m"};

class LoadPart final : public SystemPart {
 public:
  explicit LoadPart(std::unique_ptr<SensorFile> loadavg) : loadavg_(std::move(loadavg)) {
    for (const char* span : kSpans) {
      table_.series.push_back({.name = Cat("system.cpu.load_average.", span),
                               .unit = "{thread}",
                               .kind = Kind::kGauge,
                               .attributes = {}});
    }
  }

  const Table& table() const override { return table_; }

  Status Read(std::vector<Value>& values) override {
    GODWIT_ASSIGN_OR_RETURN(std::string_view text, loadavg_->Read());
    for (Value& value : values) {
      std::string_view word;
      double load = 0;
      if (!TakeWord(text, word) ||
          std::from_chars(word.data(), word.data() + word.size(), load).ec != std::errc{}) {
        return Error(StatusCode::kDataLoss, "/proc/loadavg does not begin with three numbers");
      }
      value = load;
    }
    return absl::OkStatus();
  }

 private:
  std::unique_ptr<SensorFile> loadavg_;
  Table table_;
};

}  // namespace

StatusOr<std::unique_ptr<SystemPart>> MakeLoadPart(SensorInput& input) {
  GODWIT_ASSIGN_OR_RETURN(auto loadavg, input.Open("/proc/loadavg"));
  return std::make_unique<LoadPart>(std::move(loadavg));
}

}  // namespace godwit::agent
