// Logs why a reload of the settings was refused.
#pragma once

#include "base/status.h"

namespace godwit {

// Logs each problem of `status`, with its place in the file.
void LogReloadRefusal(const Status& status);

}  // namespace godwit
