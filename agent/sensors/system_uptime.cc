// system.uptime from /proc/uptime (proc(5)): seconds since boot, suspended ones included.
#include "agent/sensors/system_part.h"
#include "agent/sensors/text_scan.h"

namespace godwit::agent {
namespace {

class UptimePart final : public SystemPart {
 public:
  explicit UptimePart(KernelFiles& files) : files_(files), uptime_(files.Use("/proc/uptime")) {
    table_.series = {
        {.name = "system.uptime", .unit = "s", .kind = Kind::kGauge, .attributes = {}}};
  }

  const Table& table() const override { return table_; }

  Status Read(std::vector<Value>& values) override {
    GODWIT_ASSIGN_OR_RETURN(std::string_view text, files_.Text(uptime_));
    double seconds = 0;
    if (!TakeNumber(text, seconds)) {
      return Error(StatusCode::kDataLoss, "/proc/uptime does not begin with a number");
    }
    values = {seconds};
    return absl::OkStatus();
  }

 private:
  KernelFiles& files_;
  KernelFiles::Number uptime_;
  Table table_;
};

}  // namespace

std::unique_ptr<SystemPart> MakeUptimePart(KernelFiles& files, const SystemOptions&) {
  return std::make_unique<UptimePart>(files);
}

}  // namespace godwit::agent
