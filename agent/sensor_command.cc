#include "agent/sensor_command.h"

#include <array>
#include <charconv>
#include <cstdio>

#include "agent/sensor_assembly.h"
#include "base/exit_code.h"
#include "base/text.h"
#include "base/units.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_file_system.h"
#include "platform/linux/linux_sensor_input.h"
#include "platform/uv/uv_loop.h"

namespace godwit::agent {
namespace {

// Reads sensors beside each other, each once.
class Trials {
 public:
  Trials(std::vector<SampledSensor> sensors, const Clock& clock) : clock_(clock) {
    for (SampledSensor& sensor : sensors) {
      trials_.push_back({.name = sensor.name, .groups = sensor.sensor->groups()});
      readers_.push_back(std::make_unique<SensorReader>(std::move(sensor), loop_));
    }
  }

  std::vector<SensorTrial> Run() {
    left_ = readers_.size();
    if (left_ == 0) return {};
    loop_.Post([this] {
      for (size_t i = 0; i < readers_.size(); ++i) Begin(i);
    });
    loop_.Run();
    return std::move(trials_);
  }

 private:
  void Begin(size_t i) {
    const absl::Duration begun = clock_.Boot();
    const Tick tick = {.number = 1, .time_unix_ns = absl::ToUnixNanos(clock_.Wall())};
    readers_[i]->Read(tick, [this, i, begun](Reading reading) {
      trials_[i].took = clock_.Boot() - begun;
      trials_[i].status = reading.status;
      if (reading.groups) trials_[i].groups = *std::move(reading.groups);
      trials_[i].values = std::move(reading.values);
      if (--left_ == 0) loop_.Stop();
    });
  }

  const Clock& clock_;
  UvLoop loop_;
  std::vector<SensorTrial> trials_;
  std::vector<std::unique_ptr<SensorReader>> readers_;
  size_t left_ = 0;
};

std::string ValueText(const Value& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return std::to_string(*integer);
  if (const auto* state = std::get_if<std::string>(&value)) return Cat("\"", *state, "\"");
  if (const auto* number = std::get_if<double>(&value)) {
    std::array<char, 32> out;
    return {out.data(), std::to_chars(out.data(), out.data() + out.size(), *number).ptr};
  }
  return "nothing";
}

void Print(const SensorTrial& trial) {
  size_t series = 0;
  for (const Table& table : trial.groups) series += table.series.size();
  const std::string state = trial.status.ok() ? "good" : Message(trial.status);
  std::printf("%s: %s (%zu series, %.1f ms)\n", trial.name.c_str(), state.c_str(), series,
              absl::ToDoubleMilliseconds(trial.took));
  for (size_t g = 0; g < trial.values.size(); ++g) {
    for (size_t i = 0; i < trial.values[g].size(); ++i) {
      const Series& each = trial.groups[g].series[i];
      const std::string unit = each.unit == "1" ? "" : Cat(" ", each.unit);
      std::printf("  %s  %s%s\n", SeriesText(each).c_str(), ValueText(trial.values[g][i]).c_str(),
                  unit.c_str());
    }
  }
}

bool Selects(const std::string& selected, const SensorSettings& sensor) {
  return selected.empty() || selected == sensor.type ||
         selected == Cat(sensor.type, "/", sensor.name);
}

}  // namespace

StatusOr<std::vector<SensorTrial>> TrySensors(const AgentSettings& settings,
                                              const std::string& selected,
                                              ProgramRunner& programs) {
  std::vector<SensorSettings> wanted;
  std::string names;
  for (const SensorSettings& sensor : settings.sensors) {
    if (Selects(selected, sensor)) wanted.push_back(sensor);
    names += Cat(names.empty() ? "" : ", ", sensor.type, "/", sensor.name);
  }
  if (wanted.empty() && !selected.empty()) {
    return Error(StatusCode::kNotFound, Cat("no sensor '", selected, "'; the settings have ",
                                            names.empty() ? "none" : names));
  }
  LinuxFileSystem files;
  LinuxClock clock;
  GODWIT_ASSIGN_OR_RETURN(auto sensors,
                          MakeSensors(wanted, {.input = EndlessSensorInput(),
                                               .files = files,
                                               .programs = programs,
                                               .figures = [] { return AgentFigures(); }}));
  return Trials(std::move(sensors), clock).Run();
}

int RunSensorCommand(const AgentSettings& settings, const std::string& selected,
                     ProgramRunner& programs) {
  const auto trials = TrySensors(settings, selected, programs);
  if (!trials.ok()) {
    std::fprintf(stderr, "godwit-agent: %s\n", Message(trials.status()).c_str());
    return kExitUsage;
  }
  if (trials->empty()) std::printf("the settings have no sensors: nothing is sampled\n");
  bool good = true;
  for (const SensorTrial& trial : *trials) {
    Print(trial);
    good &= trial.status.ok();
  }
  return good ? kExitOk : kExitFailed;
}

}  // namespace godwit::agent
