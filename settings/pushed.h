// Checks a configuration that an operator pushes: TOML on top of the device's own files, as if it
// were the last of conf.d, except for settings that only the device's owner may change.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "settings/node.h"
#include "settings/problems.h"

namespace godwit {

struct PushedText {
  std::string name;  // as messages show it: "revision 1f0c9a3e"
  std::string text;
};

// Returns "revision 1f0c9a3e" for its id of 16 bytes.
std::string RevisionName(std::string_view id);

// The rules of the owner for pushed configurations: [remote] of the device's own files.
struct PushRules {
  // The settings that it may change: names such as "sensors.system.interval", with * and ?. The
  // program of a sensor and upload.insecure need their full names.
  std::vector<std::string> allow;
  // The files that it may have read or run: patterns of full paths.
  std::vector<std::string> paths;
};

// Adds a problem for whatever no pushed configuration may have: settings of the owner alone, text
// that expands; and for an empty one.
void CheckPushed(const Node& root, std::string_view name, Problems& problems);
// Adds a problem for whatever this device's owner does not allow.
void CheckAllowed(const Node& root, const PushRules& rules, Problems& problems);

// Returns whether `path` may be opened for a pushed configuration. Pure: it does not follow links.
bool IsAllowedPath(const std::string& path, const std::vector<std::string>& patterns);

}  // namespace godwit
