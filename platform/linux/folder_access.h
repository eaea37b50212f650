// Whether this process could do its work in a folder: answered without making or changing anything.
#pragma once

#include <string>

#include "base/status.h"

namespace godwit {

// OK: everything in `folder` can be read and written, and files can be made there; or it does not
// exist, and can be made. kPermissionDenied, kFailedPrecondition (read-only), kNotFound and their
// like name the first path that is not so, its owner, and how many there are. Follows no links
// beneath the folder.
[[nodiscard]] Status CheckAccess(const std::string& folder);

}  // namespace godwit
