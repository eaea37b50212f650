// system.uptime: seconds since boot, suspended ones included. /proc/uptime (proc(5)) begins with
// the same, behind a sum over every core's idle time.
#include <cmath>
#include <memory>
#include <vector>

#include "agent/sensors/system_part.h"

namespace godwit::agent {
namespace {

// As many as /proc/uptime has: more digits would be noise, and cost bytes.
constexpr double kHundredths = 100;

class UptimePart final : public SystemPart {
 public:
  explicit UptimePart(SensorInput& input) : input_(input) {
    table_.series = {
        {.name = "system.uptime", .unit = "s", .kind = Kind::kGauge, .attributes = {}}};
  }

  const Table& table() const override { return table_; }

  void Read(std::vector<Value>& values, Faults&) override {
    values = {std::floor(input_.SecondsSinceBoot() * kHundredths) / kHundredths};
  }

 private:
  SensorInput& input_;
  Table table_;
};

}  // namespace

std::unique_ptr<SystemPart> MakeUptimePart(KernelFiles& files, const SystemOptions&) {
  return std::make_unique<UptimePart>(files.input());
}

}  // namespace godwit::agent
