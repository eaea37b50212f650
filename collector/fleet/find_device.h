// Devices are named by people: by a unique prefix of name or id.
#pragma once

#include <string>

#include "collector/store/store.h"

namespace godwit::collector {

// The device whose name or id begins with `prefix`, an exact match first. kNotFound, or
// kInvalidArgument naming the candidates when there are several.
[[nodiscard]] StatusOr<DeviceName> FindDevice(StoreReader& reader, const std::string& prefix);

}  // namespace godwit::collector
