// A configuration that an operator pushes: TOML on top of the device's own files, as if it were the
// last of conf.d, but for what only the device's owner may say.
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

// "revision 1f0c9a3e", of its id of 16 bytes.
std::string RevisionName(std::string_view id);

// What the owner lets a pushed configuration do: [remote] of the device's own files.
struct PushRules {
  // Settings by their names, "sensors.system.interval", by patterns with * and ?. What a program
  // sensor runs, and upload.insecure, are only meant by their names in full.
  std::vector<std::string> allow;
  // Files that it may have read, or run, by patterns of full paths.
  std::vector<std::string> paths;
};

// What no pushed configuration says: settings of the owner alone, text that expands, nothing at
// all.
void CheckPushed(const Node& root, std::string_view name, Problems& problems);
// What this device's owner does not allow.
void CheckAllowed(const Node& root, const PushRules& rules, Problems& problems);

// Whether `path` may be opened for a pushed configuration. Pure: it does not follow links.
bool IsAllowedPath(const std::string& path, const std::vector<std::string>& patterns);

}  // namespace godwit
