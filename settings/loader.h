// Loads the settings files of a program as one checked whole: FILE, then conf.d/*.toml beside it in
// the order of their names, each on top of the previous ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "settings/expansion.h"
#include "settings/pushed.h"
#include "settings/values.h"

namespace godwit {

struct LoadedSettings {
  CheckedSettings checked;
  std::vector<std::string> files;  // the files that were read
  std::string files_hash;          // of their names and texts, 16 bytes
  SettingsSources sources;         // their texts, as they were read
};

// Reads the texts of FILE and conf.d. An error: a file cannot be read.
[[nodiscard]] StatusOr<SettingsSources> ReadSettingsSources(
    const std::string& path, const SettingsDependencies& dependencies);

// Loads settings and adds faults to `problems`. Returns an error only if a file cannot be read.
[[nodiscard]] StatusOr<LoadedSettings> LoadSettingsFiles(const SettingsSchema& schema,
                                                         const std::string& path,
                                                         const SettingsDependencies& dependencies,
                                                         Problems& problems);
// Loads texts that were read before: reads no file but those of expansions.
LoadedSettings LoadSettingsTexts(const SettingsSchema& schema, const SettingsSources& sources,
                                 const SettingsDependencies& dependencies, Problems& problems);
// Loads texts that were read before, with a pushed configuration on top as far as the files' own
// [remote] allows it.
LoadedSettings LoadSettingsTexts(const SettingsSchema& schema, const SettingsSources& sources,
                                 const SettingsDependencies& dependencies, const PushedText& pushed,
                                 Problems& problems);
// Returns what FILE and conf.d set, as far as they can be read: of a truncated text its beginning,
// and instead of a wrong value the default.
CheckedSettings ReadSettingsTolerantly(const SettingsSchema& schema, const std::string& path,
                                       const SettingsDependencies& dependencies);
// Reads a pushed configuration by itself, before it is pushed.
CheckedSettings ReadPushedText(const SettingsSchema& schema, const PushedText& pushed,
                               Problems& problems);

// Reads one text, in which nothing expands.
CheckedSettings ReadSettingsText(const SettingsSchema& schema, std::string_view text,
                                 const std::string& file, Problems& problems);

}  // namespace godwit
