// ${…} in string values, after parsing: never in keys, comments or numbers, and never twice.
//
//   ${NAME}            the environment's NAME; an error when it is not set
//   ${NAME:-default}   or this, when it is not set or empty
//   ${file:/a/path}    what the file holds, without the line end behind it
//   $${                the two characters ${
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "platform/file_system.h"
#include "settings/node.h"
#include "settings/problems.h"

namespace godwit {

// What the settings may see of the machine.
struct SettingsDependencies {
  FileSystem& files;
  std::function<std::optional<std::string>(const std::string& name)> environment;
};

void Expand(Node& node, const SettingsDependencies& dependencies, Problems& problems);

}  // namespace godwit
