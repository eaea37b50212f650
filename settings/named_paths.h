// Lists the paths that a program's settings name: the values of all settings that the schema marks
// as paths.
#pragma once

#include <string>
#include <vector>

#include "settings/values.h"

namespace godwit {

struct NamedPath {
  std::string setting;  // "sensors.file.path"
  std::string path;     // may be empty: "none" for most settings
  PathUse use = PathUse::kRead;
  Place place;  // where it is written
};

// Returns the paths in the order of the schema, then of the files. `checked` is of that schema.
std::vector<NamedPath> PathsIn(const SettingsSchema& schema, const CheckedSettings& checked);
// Returns the paths of one section.
std::vector<NamedPath> PathsIn(const SettingsSection& section, const SettingValues& values);

}  // namespace godwit
