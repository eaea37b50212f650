// The table of all settings of a program. It checks files, and the annotated sample, the JSON
// Schema for editors and docs/configuration.md are made from it.
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
  // The key within its section; "keepalive.time" is the key time of the inline table keepalive.
  std::string_view key;
  SettingType type = SettingType::kString;
  // The default as written in a file: "\"10s\"". Empty: there is none.
  std::string_view fallback;
  std::string_view text;  // its purpose, without a full stop
  // The bounds of durations, sizes and numbers, as written in a file; empty: unbounded.
  std::string_view min = {};
  std::string_view max = {};
  std::vector<std::string_view> choices = {};
  bool may_be_empty = false;  // of a list with choices: an empty list has a meaning
  bool required = false;
  // True for a name or the like, which reports contain anyway: messages do not hide its expansions.
  bool reported = false;
  bool common = false;  // each repeated section has it: the sample shows it once
  // What the sample shows, commented out, if there is no default.
  std::string_view example = {};
  SettingTraits traits = {};
};

struct SettingsSection {
  std::string_view path;  // "spool", "sensors.system"
  std::string_view text;
  std::vector<Setting> settings;
  bool repeated = false;      // [[path]], any number of them
  bool sampled = true;        // is in the sample; else commented out
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

// Returns the sample file: every key with its default and its purpose.
std::string SampleFile(const SettingsSchema& schema);
// Returns one section of the sample, not commented out; empty if there is no such section.
std::string SampleSection(const SettingsSchema& schema, std::string_view path);
// Returns the JSON Schema (draft 7, which editors' TOML plug-ins read).
std::string JsonSchema(const SettingsSchema& schema);
// Returns a chapter of docs/configuration.md.
std::string ReferenceText(const SettingsSchema& schema);

}  // namespace godwit
