// The settings files of a program, as one checked whole: FILE, then conf.d/*.toml beside it in the
// order of their names, each on top of what came before.
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
  std::vector<std::string> files;  // that were read
  std::string files_hash;          // of their names and texts, 16 bytes
  SettingsSources sources;         // their texts, as they were read
};

// The texts of FILE and what lies in conf.d. An error for a file that cannot be read.
[[nodiscard]] StatusOr<SettingsSources> ReadSettingsSources(
    const std::string& path, const SettingsDependencies& dependencies);

// What is wrong is noted in `problems`. An error only for a file that cannot be read.
[[nodiscard]] StatusOr<LoadedSettings> LoadSettingsFiles(const SettingsSchema& schema,
                                                         const std::string& path,
                                                         const SettingsDependencies& dependencies,
                                                         Problems& problems);
// The same of texts that were read before: no file is read but those of expansions.
LoadedSettings LoadSettingsTexts(const SettingsSchema& schema, const SettingsSources& sources,
                                 const SettingsDependencies& dependencies, Problems& problems);
// The same with a pushed configuration on top, as far as the files' own [remote] allows it.
LoadedSettings LoadSettingsTexts(const SettingsSchema& schema, const SettingsSources& sources,
                                 const SettingsDependencies& dependencies, const PushedText& pushed,
                                 Problems& problems);
// What FILE and conf.d say as far as they can be read: of a text that is cut off in the middle its
// beginning, of a value that is wrong the default.
CheckedSettings ReadSettingsTolerantly(const SettingsSchema& schema, const std::string& path,
                                       const SettingsDependencies& dependencies);
// A pushed configuration by itself, for whoever is about to push it.
CheckedSettings ReadPushedText(const SettingsSchema& schema, const PushedText& pushed,
                               Problems& problems);

// One text, in which nothing expands.
CheckedSettings ReadSettingsText(const SettingsSchema& schema, std::string_view text,
                                 const std::string& file, Problems& problems);

}  // namespace godwit
