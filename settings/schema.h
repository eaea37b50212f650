// The one table of all settings of a program. Files are checked by it, and the annotated sample,
// the JSON Schema for editors and docs/configuration.md are made from it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "settings/setting_traits.h"

namespace godwit {

enum class SettingType {
  kString,
  kBool,
  kInteger,
  kNumber,
  kDuration,   // "10s", or one of `choices`
  kSize,       // "64MiB"
  kPercent,    // "5%"
  kChoice,     // one of `choices`
  kStrings,    // a list of strings, of `choices` where there are any
  kStringMap,  // { name = "value" }
};

struct Setting {
  // Within its section; "keepalive.time" is the key time of the inline table keepalive.
  std::string_view key;
  SettingType type = SettingType::kString;
  // As it stands in a file: "\"10s\"". Empty: without a default.
  std::string_view fallback;
  std::string_view text;  // what it is for; without a full stop
  // Of durations, sizes and numbers, as they stand in a file; empty: unbounded.
  std::string_view min = {};
  std::string_view max = {};
  std::vector<std::string_view> choices = {};
  bool may_be_empty = false;  // of a list with choices: to name none of them says something
  bool required = false;
  // A name or the like, which reports carry anyway: what expands in it is not hidden in messages.
  bool reported = false;
  bool common = false;  // each repeated section has it: the sample tells of it once
  // Without a default: what the sample shows, commented out.
  std::string_view example = {};
  SettingTraits traits = {};
};

struct SettingsSection {
  std::string_view path;  // "spool", "sensors.system"
  std::string_view text;
  std::vector<Setting> settings;
  bool repeated = false;      // [[path]], any number of them
  bool sampled = true;        // stands in the sample; else commented out
  SettingTraits traits = {};  // of all its settings, besides those of each
};

struct SettingsSchema {
  std::string_view program;
  std::string_view text;
  std::vector<SettingsSection> sections;

  const SettingsSection* Find(std::string_view path) const;
};

const SettingsSchema& AgentSchema();
const SettingsSchema& CollectorSchema();

// The file a stranger starts from: every key with its default and its purpose.
std::string SampleFile(const SettingsSchema& schema);
// One section of it, not commented out. Empty for a section that is not there.
std::string SampleSection(const SettingsSchema& schema, std::string_view path);
// JSON Schema (draft 7, what editors' TOML plug-ins read).
std::string JsonSchema(const SettingsSchema& schema);
// A chapter of docs/configuration.md.
std::string ReferenceText(const SettingsSchema& schema);

}  // namespace godwit
