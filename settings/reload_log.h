// What a reload of the settings says when nothing comes of it.
#pragma once

#include "base/status.h"

namespace godwit {

// Each problem of `status` has log lines of its own, with its place in the file.
void LogReloadRefusal(const Status& status);

}  // namespace godwit
