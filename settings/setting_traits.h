// What follows from the meaning of a setting: columns of its row in the schema. Code that treats
// settings by their kind reads these columns; it has no list of names.
#pragma once

#include <string>
#include <string_view>

namespace godwit {

struct SettingsSchema;

// What a program does with the path that a setting names.
enum class PathUse { kNone, kRead, kWritten, kRun };

// The part of a running agent that is made anew when a setting changes.
enum class Affects { kNothing, kUplink, kBatch, kSpool };

struct SettingTraits {
  // Other than kNone: the value is a path of this machine; of a list, the first element is one.
  PathUse path = PathUse::kNone;
  // The value is an address at which the program listens.
  bool is_listened_at = false;
  // Only the device's own files may set it: no pushed configuration can, whatever the owner allows.
  bool local_only = false;
  // A pushed configuration may set it only where remote.config.allow has its name in full: it runs
  // programs or gives up encryption, so a pattern is not enough.
  bool by_full_name_only = false;
  // A running agent keeps the old value.
  bool needs_restart = false;
  Affects affects = Affects::kNothing;
};

struct NamedTraits {
  std::string name;  // of the setting: "sensors.exec.environment"
  SettingTraits traits;
};

// The traits of the setting with that name, or whose value contains what is named
// ("sensors.exec.environment.PATH"), together with those of its section. A name that is no setting
// has the traits of its section, and none outside all sections; its name stays as it is. Pure.
NamedTraits FindTraits(const SettingsSchema& schema, std::string_view name);

}  // namespace godwit
