// The system sensor: the parts its settings include, a group each.
#include <map>
#include <string>

#include "agent/sensors/factories.h"
#include "agent/sensors/system_part.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

const std::map<std::string, MakeSystemPart>& Parts() {
  static const std::map<std::string, MakeSystemPart> parts = {
      {"cpu", MakeCpuPart}, {"load", MakeLoadPart}, {"memory", MakeMemoryPart}};
  return parts;
}

class SystemSensor final : public Sensor {
 public:
  SystemSensor(std::vector<std::unique_ptr<SystemPart>> parts,
               const std::map<std::string, std::string>& attributes)
      : parts_(std::move(parts)) {
    for (const auto& part : parts_) {
      Table table = part->table();
      for (Series& series : table.series) {
        series.attributes.insert(attributes.begin(), attributes.end());
      }
      groups_.push_back(std::move(table));
    }
  }

  const std::vector<Table>& groups() const override { return groups_; }

  Status Read(const Tick&, Readings& readings) override {
    Status first = absl::OkStatus();
    for (size_t i = 0; i < parts_.size(); ++i) {
      const Status status = parts_[i]->Read(readings[i]);
      if (status.ok()) continue;
      readings[i].assign(groups_[i].series.size(), Value{});
      if (first.ok()) first = status;
    }
    return first;
  }

 private:
  std::vector<std::unique_ptr<SystemPart>> parts_;
  std::vector<Table> groups_;
};

}  // namespace

bool TakeWord(std::string_view& text, std::string_view& word) {
  const size_t begin = text.find_first_not_of(" \t\n");
  if (begin == std::string_view::npos) return false;
  text.remove_prefix(begin);
  word = text.substr(0, text.find_first_of(" \t\n"));
  text.remove_prefix(word.size());
  return true;
}

StatusOr<std::unique_ptr<Sensor>> MakeSystemSensor(const SystemOptions& options,
                                                   SensorInput& input) {
  std::vector<std::unique_ptr<SystemPart>> parts;
  for (const std::string& name : options.include) {
    const auto found = Parts().find(name);
    if (found == Parts().end()) {
      return Error(StatusCode::kInvalidArgument, Cat("include: unknown part '", name, "'"));
    }
    auto part = found->second(input);
    if (!part.ok()) return Annotate(part.status(), name);
    parts.push_back(*std::move(part));
  }
  return std::make_unique<SystemSensor>(std::move(parts), options.attributes);
}

}  // namespace godwit::agent
