// Expands ${…} in string values, after parsing: never in keys, comments or numbers, and never
// twice.
//
//   ${NAME}            the environment's NAME; an error if it is not set
//   ${NAME:-default}   or this default, if it is not set or empty
//   ${file:/a/path}    the file's contents, without the line end at their end
//   $${                the two characters ${
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "platform/file_system.h"
#include "settings/node.h"
#include "settings/problems.h"

namespace godwit {

// The parts of the machine that settings may read.
struct SettingsDependencies {
  FileSystem& files;
  std::function<std::optional<std::string>(const std::string& name)> environment;
};

void Expand(Node& node, const SettingsDependencies& dependencies, Problems& problems);

}  // namespace godwit
