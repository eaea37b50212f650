// system.process.* from /proc/stat (proc(5)): forks since boot, and how many run or wait for a disk
// right now. How many there are in all would take a walk over /proc at each tick.
#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "agent/sensors/field_list.h"
#include "agent/sensors/system_part.h"

namespace godwit::agent {
namespace {

constexpr std::array<std::string_view, 3> kFields = {"processes", "procs_running", "procs_blocked"};

Series Count(const char* state) {
  return {.name = "system.process.count",
          .unit = "{process}",
          .kind = Kind::kUpDown,
          .attributes = {{"process.state", state}}};
}

class ProcessesPart final : public SystemPart {
 public:
  explicit ProcessesPart(KernelFiles& files) : files_(files), stat_(files.UseRecord("/proc/stat")) {
    table_.series = {{.name = "system.process.created",
                      .unit = "{process}",
                      .kind = Kind::kCounter,
                      .attributes = {}},
                     Count("running"),
                     Count("blocked")};
  }

  const Table& table() const override { return table_; }

  void Read(std::vector<Value>& values, Faults& faults) override {
    const auto text = files_.Text(stat_);
    if (!text.ok()) return faults.Add(text.status());
    const auto of = FindFields(*text, "/proc/stat", kFields, faults);
    for (size_t i = 0; i < of.size(); ++i) values[i] = ValueOf(of[i]);
  }

 private:
  KernelFiles& files_;
  KernelFiles::Number stat_;
  Table table_;
};

}  // namespace

std::unique_ptr<SystemPart> MakeProcessesPart(KernelFiles& files, const SystemOptions&) {
  return std::make_unique<ProcessesPart>(files);
}

}  // namespace godwit::agent
