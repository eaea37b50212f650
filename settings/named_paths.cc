#include "settings/named_paths.h"

#include <utility>

#include "base/text.h"

namespace godwit {
namespace {

std::string PathOf(const Setting& setting, const SettingValues& values) {
  if (setting.type == SettingType::kString) return values.String(setting.key);
  const StringList& words = values.Strings(setting.key);
  return words.empty() ? std::string() : words.front();
}

}  // namespace

std::vector<NamedPath> PathsIn(const SettingsSection& section, const SettingValues& values) {
  std::vector<NamedPath> paths;
  for (const Setting& setting : section.settings) {
    if (setting.traits.path == PathUse::kNone || !values.Has(setting.key)) continue;
    paths.push_back({.setting = Cat(section.path, ".", setting.key),
                     .path = PathOf(setting, values),
                     .use = setting.traits.path,
                     .place = values.PlaceOf(setting.key)});
  }
  return paths;
}

std::vector<NamedPath> PathsIn(const SettingsSchema& schema, const CheckedSettings& checked) {
  std::vector<NamedPath> paths;
  const auto add = [&](const std::string& section, const SettingValues& values) {
    for (NamedPath& path : PathsIn(*schema.Find(section), values)) paths.push_back(std::move(path));
  };
  for (const SettingsSection& section : schema.sections) {
    const auto found = checked.sections.find(section.path);
    if (found != checked.sections.end()) add(found->first, found->second);
  }
  for (const auto& [section, values] : checked.repeated) add(section, values);
  return paths;
}

}  // namespace godwit
