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
      .text = "What the collector may do to this device. It cannot change these settings",
      .settings =
          {{.key = "commands",
            .type = kStrings,
            .fallback = all_kinds,
            .text = "commands that the collector may send; `godwit-agent remote explain` describes "
                    "each",
            .choices = KindNames(),
            .may_be_empty = true},
           {.key = "sensors",
            .type = kStrings,
            .fallback = "[\"*\"]",
            .text = "sensors that commands may read, as type/name; * and ? are wildcards"},
           {.key = "programs",
            .type = kStringMap,
            .fallback = "{}",
            .text = "programs that the command `run` may start, such as { valve = "
                    "\"/usr/local/bin/valve set <[0-9]+>\" }; each <> holds a regular expression "
                    "and stands for one argument that must match it"},
           {.key = "program_timeout",
            .type = kDuration,
            .fallback = "\"30s\"",
            .text = "longest run time of such a program; then it is killed with all processes it "
                    "started",
            .min = "1s",
            .max = "50s"},
           {.key = "config.enabled",
            .type = kBool,
            .fallback = "false",
            .text = "true: the collector may push a configuration on top of this file"},
           {.key = "config.confirm",
            .type = kDuration,
            .fallback = "\"90s\"",
            .text =
                "how long a pushed configuration may take to prove itself before it is rolled back",
            .min = "5s",
            .max = "1h"},
           {.key = "config.max_memory",
            .type = kSize,
            .fallback = "\"64MiB\"",
            .text = "largest memory use of the agent while a configuration is on trial; beyond it "
                    "the trial fails",
            .min = "8MiB"},
           {.key = "config.allow",
            .type = kStrings,
            .fallback = "[\"agent.*\", \"batch.*\", \"upload.*\", \"sensors.*\"]",
            .text = "settings that a pushed configuration may set; * and ? are wildcards"},
           {.key = "config.paths",
            .type = kStrings,
            .fallback = "[\"/sys/*\", \"/proc/*\"]",
            .text = "files that sensors of a pushed configuration may read or run; * and ? are "
                    "wildcards"},
           {.key = "fallback_after",
            .type = kDuration,
            .fallback = "\"1h\"",
            .text = "time without a session after which the agent tries its previous connections "
                    "and the one of this file",
            .min = "10s",
            .max = "7d"}},
      .traits = {.local_only = true}};
}

}  // namespace godwit
