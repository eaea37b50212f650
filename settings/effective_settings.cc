#include "settings/effective_settings.h"

#include <set>
#include <string_view>

#include "base/text.h"

namespace godwit {
namespace {

constexpr size_t kRemarkColumn = 44;

void AppendValue(std::string& out, std::string_view key, const CheckedValue& value, bool origin) {
  std::string line = Cat(key, " = ", value.written);
  if (origin) {
    if (line.size() < kRemarkColumn) line.append(kRemarkColumn - line.size(), ' ');
    line += Cat("  # ", PlaceText(value.place));
  }
  out += line + "\n";
}

// In the schema's order.
void AppendSection(std::string& out, const SettingsSection& section, const SettingValues& values,
                   bool origin) {
  out += Cat(out.empty() ? "" : "\n", section.repeated ? "[[" : "[", section.path,
             section.repeated ? "]]" : "]", "\n");
  for (const Setting& setting : section.settings) {
    const auto found = values.all().find(setting.key);
    if (found != values.all().end()) AppendValue(out, setting.key, found->second, origin);
  }
}

// A sensor in a line: its interval, and what is not a default.
std::string SensorText(const SensorSettings& sensor) {
  std::string text = Cat("interval ", DurationText(sensor.interval));
  for (const auto& [key, value] : sensor.own.all()) {
    const bool said = key == "name" || key == "interval";
    // What a program's environment holds is for that program.
    if (said || key == "environment" || value.place.file == nullptr) continue;
    text += Cat(", ", key, " ", value.written);
  }
  return text;
}

// Of every value that is not a default; a sensor of one file says the same as one value of it.
std::string OriginsOf(const SensorSettings& sensor) {
  std::set<std::string> files;
  for (const auto& [key, value] : sensor.own.all()) {
    if (value.place.file != nullptr) files.insert(value.place.file->name);
  }
  std::string text;
  for (const std::string& file : files) text += Cat(text.empty() ? "" : ", ", file);
  return text.empty() ? PlaceText(sensor.own.PlaceOf("enabled")) : text;
}

}  // namespace

std::string ShowSettings(const SettingsSchema& schema, const CheckedSettings& checked,
                         bool origin) {
  std::string out;
  for (const SettingsSection& section : schema.sections) {
    const auto found = checked.sections.find(section.path);
    if (found != checked.sections.end()) AppendSection(out, section, found->second, origin);
    for (const auto& [path, values] : checked.repeated) {
      if (path == section.path) AppendSection(out, section, values, origin);
    }
  }
  return out;
}

std::vector<EffectiveSetting> EffectiveSettings(const AgentSettings& settings) {
  std::vector<EffectiveSetting> out;
  for (const SettingsSection& section : AgentSchema().sections) {
    const auto found = settings.checked.sections.find(section.path);
    if (found == settings.checked.sections.end() || section.path == "tls") continue;
    for (const Setting& setting : section.settings) {
      const CheckedValue& value = found->second.all().find(setting.key)->second;
      out.push_back({Cat(section.path, ".", setting.key), value.written, PlaceText(value.place)});
    }
  }
  const SettingValues& tls = settings.checked.sections.at("tls");
  out.push_back({"tls", settings.tls.certificate.empty() ? "no certificate" : "with a certificate",
                 PlaceText(tls.PlaceOf("certificate"))});
  for (const SensorSettings& sensor : settings.sensors) {
    out.push_back(
        {Cat("sensors.", sensor.type, ".", sensor.name), SensorText(sensor), OriginsOf(sensor)});
  }
  return out;
}

}  // namespace godwit
