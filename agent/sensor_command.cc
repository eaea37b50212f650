#include "agent/sensor_command.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <utility>
#include <variant>

#include "agent/sensor_assembly.h"
#include "base/exit_code.h"
#include "base/foreign_text.h"
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
      checks_.push_back({.name = sensor.name, .groups = sensor.sensor->groups()});
      readers_.push_back(std::make_unique<SensorReader>(std::move(sensor), loop_));
    }
  }

  std::vector<SensorCheck> Run() {
    left_ = readers_.size();
    if (left_ == 0) return {};
    loop_.Post([this] {
      for (size_t i = 0; i < readers_.size(); ++i) Begin(i);
    });
    loop_.Run();
    return std::move(checks_);
  }

 private:
  void Begin(size_t i) {
    const absl::Duration started = clock_.Boot();
    const Tick tick = {.number = 1, .time_unix_ns = absl::ToUnixNanos(clock_.Wall())};
    readers_[i]->Read(tick, [this, i, started](const Reading& reading) {
      checks_[i].took = clock_.Boot() - started;
      checks_[i].status = reading.status;
      if (reading.groups) checks_[i].groups = *reading.groups;
      checks_[i].values = reading.values;
      if (--left_ == 0) loop_.Stop();
    });
  }

  const Clock& clock_;
  UvLoop loop_;
  std::vector<SensorCheck> checks_;
  std::vector<std::unique_ptr<SensorReader>> readers_;
  size_t left_ = 0;
};

std::string ValueText(const Value& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return std::to_string(*integer);
  if (const auto* state = std::get_if<std::string>(&value))
    return Cat("\"", ForeignText(*state), "\"");
  if (const auto* number = std::get_if<double>(&value)) {
    std::array<char, 32> out;
    return {out.data(), std::to_chars(out.data(), out.data() + out.size(), *number).ptr};
  }
  return "nothing";
}

bool Selects(const std::string& selected, const SensorSettings& sensor) {
  return selected.empty() || selected == sensor.type ||
         selected == Cat(sensor.type, "/", sensor.name);
}

}  // namespace

std::string TextOf(const SensorCheck& check) {
  size_t series = 0;
  for (const Table& table : check.groups) series += table.series.size();
  std::array<char, 32> took;
  std::snprintf(took.data(), took.size(), "%.1f ms", absl::ToDoubleMilliseconds(check.took));
  std::string text =
      Cat(check.name, ": ", check.status.ok() ? "good" : ForeignText(Message(check.status)), " (",
          series, " series, ", took.data(), ")\n");
  for (size_t g = 0; g < check.values.size(); ++g) {
    for (size_t i = 0; i < check.values[g].size(); ++i) {
      const Series& each = check.groups[g].series[i];
      text += Cat("  ", ForeignText(SeriesText(each)), "  ", ValueText(check.values[g][i]),
                  each.unit == "1" ? "" : " ", each.unit == "1" ? "" : each.unit, "\n");
    }
  }
  return text;
}

StatusOr<std::vector<SensorCheck>> CheckSensors(const AgentSettings& settings,
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
                                               .statistics = [] { return AgentStatistics(); }}));
  return Trials(std::move(sensors), clock).Run();
}

int RunSensorCommand(const AgentSettings& settings, const std::string& selected,
                     ProgramRunner& programs) {
  const auto checks = CheckSensors(settings, selected, programs);
  if (!checks.ok()) {
    std::fprintf(stderr, "godwit-agent: %s\n", Message(checks.status()).c_str());
    return kExitUsage;
  }
  if (checks->empty()) std::printf("the settings have no sensors: nothing is sampled\n");
  bool good = true;
  for (const SensorCheck& check : *checks) {
    std::fputs(TextOf(check).c_str(), stdout);
    good &= check.status.ok();
  }
  return good ? kExitOk : kExitFailed;
}

}  // namespace godwit::agent
