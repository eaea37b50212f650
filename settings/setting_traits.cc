#include "settings/setting_traits.h"

#include <utility>

#include "base/text.h"
#include "settings/schema.h"

namespace godwit {
namespace {

bool IsUnder(std::string_view name, std::string_view above) {
  return name.starts_with(above) && (name.size() == above.size() || name[above.size()] == '.');
}

SettingTraits Together(const SettingTraits& section, const SettingTraits& setting) {
  return {.path = setting.path == PathUse::kNone ? section.path : setting.path,
          .is_listened_at = section.is_listened_at || setting.is_listened_at,
          .local_only = section.local_only || setting.local_only,
          .by_full_name_only = section.by_full_name_only || setting.by_full_name_only,
          .needs_restart = section.needs_restart || setting.needs_restart,
          .affects = setting.affects == Affects::kNothing ? section.affects : setting.affects};
}

}  // namespace

NamedTraits FindTraits(const SettingsSchema& schema, std::string_view name) {
  for (const SettingsSection& section : schema.sections) {
    if (!IsUnder(name, section.path)) continue;
    for (const Setting& setting : section.settings) {
      std::string full = Cat(section.path, ".", setting.key);
      if (IsUnder(name, full)) return {std::move(full), Together(section.traits, setting.traits)};
    }
    return {std::string(name), section.traits};
  }
  return {std::string(name), {}};
}

}  // namespace godwit
