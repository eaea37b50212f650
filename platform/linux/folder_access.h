// Checks whether this process could work in a folder, without changing anything.
#pragma once

#include <string>

#include "base/status.h"

namespace godwit {

// Returns OK if everything in `folder` can be read and written and files can be created there, or
// if it does not exist and can be created. kPermissionDenied, kFailedPrecondition (read-only),
// kNotFound and similar name the first path where that fails, its owner, and how many there are.
// Follows no links beneath the folder.
[[nodiscard]] Status CheckAccess(const std::string& folder);

}  // namespace godwit
