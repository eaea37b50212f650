// The traits of a setting: columns of its row in the schema. Code that treats settings by their
// kind reads these columns; it has no list of names.
#pragma once

#include <string>
#include <string_view>

namespace godwit {

struct SettingsSchema;

// The use that a program makes of the path in a setting.
enum class PathUse { kNone, kRead, kWritten, kRun };

// The part of a running agent that is replaced when a setting changes.
enum class Affects { kNothing, kUplink, kBatch, kSpool };

struct SettingTraits {
  // The use of the path, if the value is one on this machine; of a list, the first element is the
  // path.
  PathUse path = PathUse::kNone;
  // True if the program listens on the address in the value.
  bool is_listened_at = false;
  // True if only the device's own files may set it: no pushed configuration can, whatever the owner
  // allows.
  bool local_only = false;
  // True if a pushed configuration may set it only where remote.config.allow has its full name: it
  // runs programs or turns encryption off, so a pattern is not enough.
  bool by_full_name_only = false;
  // True if a running agent keeps the old value.
  bool needs_restart = false;
  Affects affects = Affects::kNothing;
};

struct NamedTraits {
  std::string name;  // of the setting: "sensors.exec.environment"
  SettingTraits traits;
};

// Returns the traits of the setting with that name, or whose value contains what is named
// ("sensors.exec.environment.PATH"), together with those of its section. A name that is not a
// setting has the traits of its section, and none outside all sections; its name is returned
// unchanged. Pure.
NamedTraits FindTraits(const SettingsSchema& schema, std::string_view name);

}  // namespace godwit
