// What the device's owner lets the server do.
#include "settings/remote_schema.h"

#include <string>
#include <string_view>
#include <vector>

#include "base/command_kinds.h"
#include "base/text.h"

namespace godwit {

using enum SettingType;

namespace {

std::vector<std::string_view> KindNames() {
  std::vector<std::string_view> names;
  for (const CommandKind& kind : kCommandKinds) names.push_back(kind.name);
  return names;
}

// As a list of TOML.
std::string AllKinds() {
  std::string list;
  for (const CommandKind& kind : kCommandKinds) {
    list += Cat(list.empty() ? "[" : ", ", "\"", kind.name, "\"");
  }
  return list + "]";
}

}  // namespace

SettingsSection RemoteSection() {
  static const std::string all_kinds = AllKinds();
  return {
      .path = "remote",
      .text = "What the server may do to this device; only this file says so",
      .settings = {{.key = "commands",
                    .type = kStrings,
                    .fallback = all_kinds,
                    .text = "which commands; `godwit-agent remote explain` says what each does",
                    .choices = KindNames(),
                    .may_be_empty = true},
                   {.key = "sensors",
                    .type = kStrings,
                    .fallback = "[\"*\"]",
                    .text = "which sensors commands may read: type/name, by patterns with * and ?"},
                   {.key = "programs",
                    .type = kStringMap,
                    .fallback = "{}",
                    .text =
                        "what `run` may run: { valve = \"/usr/local/bin/valve set <[0-9]+>\" }; "
                        "<> stands for an argument, which its expression must match"},
                   {.key = "program_timeout",
                    .type = kDuration,
                    .fallback = "\"30s\"",
                    .text = "one that runs longer is ended, with all it has started",
                    .min = "1s",
                    .max = "50s"},
                   {.key = "config.enabled",
                    .type = kBool,
                    .fallback = "false",
                    .text = "true: a configuration may be pushed on top of this file"},
                   {.key = "config.confirm",
                    .type = kDuration,
                    .fallback = "\"90s\"",
                    .text = "so long it has to prove itself, or what was before returns",
                    .min = "5s",
                    .max = "1h"},
                   {.key = "config.max_memory",
                    .type = kSize,
                    .fallback = "\"64MiB\"",
                    .text = "of the agent; one that needs more fails its trial",
                    .min = "8MiB"},
                   {.key = "config.allow",
                    .type = kStrings,
                    .fallback = "[\"agent.*\", \"batch.*\", \"upload.*\", \"sensors.*\"]",
                    .text = "which settings it may set, by patterns with * and ?"},
                   {.key = "config.paths",
                    .type = kStrings,
                    .fallback = "[\"/sys/*\", \"/proc/*\"]",
                    .text = "which files its sensors may read or run"},
                   {.key = "fallback_after",
                    .type = kDuration,
                    .fallback = "\"1h\"",
                    .text = "without a session so long, the connections of before are tried, "
                            "and of this file",
                    .min = "10s",
                    .max = "7d"}},
      .traits = {.local_only = true}};
}

}  // namespace godwit
