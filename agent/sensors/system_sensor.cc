// The system sensor: the parts its settings include, a group each.
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/sensors/factories.h"
#include "agent/sensors/system_part.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

const std::map<std::string, MakeSystemPart>& Parts() {
  static const std::map<std::string, MakeSystemPart> parts = {
      {"cpu", MakeCpuPart},         {"load", MakeLoadPart},
      {"memory", MakeMemoryPart},   {"paging", MakePagingPart},
      {"disk", MakeDiskPart},       {"filesystem", MakeFileSystemPart},
      {"network", MakeNetworkPart}, {"processes", MakeProcessesPart},
      {"uptime", MakeUptimePart}};
  return parts;
}

class SystemSensor final : public Sensor {
 public:
  SystemSensor(SensorInput& input, const SystemOptions& options)
      : files_(input), attributes_(options.attributes) {
    for (const std::string& name : options.include) {
      parts_.push_back({.part = Parts().at(name)(files_, options)});
      groups_.push_back(TableOf(*parts_.back().part));
      parts_.back().layout = parts_.back().part->layout();
    }
  }

  const std::vector<Table>& groups() const override { return groups_; }
  uint64_t layout() const override { return layout_; }

  uint64_t refused() const override {
    uint64_t sum = 0;
    for (const Part& each : parts_) sum += each.part->refused();
    return sum;
  }

  uint32_t every(size_t group) const override { return parts_[group].part->every(); }

  bool MayBlock(const Tick& tick) const override {
    for (size_t i = 0; i < parts_.size(); ++i) {
      if (tick.Due(i) && parts_[i].part->may_block()) return true;
    }
    return false;
  }

  Status Read(const Tick& tick, Readings& readings) override {
    files_.NextTick();
    // What may have to wait goes last: the others are read at their time.
    for (const bool waits : {false, true}) {
      for (size_t i = 0; i < parts_.size(); ++i) {
        if (tick.Due(i) && parts_[i].part->may_block() == waits) ReadPart(i, readings[i]);
      }
    }
    Faults faults;
    for (const Part& each : parts_) faults.Add(each.faults);
    return faults.ToStatus();
  }

 private:
  struct Part {
    std::unique_ptr<SystemPart> part;
    uint64_t layout = 0;  // of the part, when its group was made
    Faults faults;        // of its last reading: they hold until the next
  };

  Table TableOf(const SystemPart& part) const {
    Table table = part.table();
    for (Series& series : table.series) {
      series.attributes.insert(attributes_.begin(), attributes_.end());
    }
    return table;
  }

  void ReadPart(size_t i, std::vector<Value>& values) {
    Part& part = parts_[i];
    part.faults = {};
    part.part->Read(values, part.faults);
    if (part.part->layout() == part.layout) return;
    part.layout = part.part->layout();
    groups_[i] = TableOf(*part.part);
    ++layout_;
  }

  KernelFiles files_;
  Attributes attributes_;
  std::vector<Part> parts_;
  std::vector<Table> groups_;
  uint64_t layout_ = 1;
};

}  // namespace

StatusOr<std::unique_ptr<Sensor>> MakeSystemSensor(const SystemOptions& options,
                                                   SensorInput& input) {
  for (const std::string& name : options.include) {
    if (!Parts().contains(name)) {
      return Error(StatusCode::kInvalidArgument, Cat("include: unknown part '", name, "'"));
    }
  }
  return std::make_unique<SystemSensor>(input, options);
}

}  // namespace godwit::agent
