// What an operator decides about segments of another device: adopt them, or drop them.
#pragma once

#include <string>

#include "agent/spool/recovery.h"

namespace godwit::agent {

// Both need the folder for themselves: kUnavailable while an agent runs. kNotFound when the spool
// has nothing of that device; kInvalidArgument for the device's own id.

// From the next start of the agent on its segments count as ours. Durable when this returns.
[[nodiscard]] Status AdoptDevice(FileSystem& files, const std::string& directory,
                                 const std::string& own_device, const std::string& device);
// How many bytes went.
[[nodiscard]] StatusOr<ByteCount> DropDevice(FileSystem& files, const std::string& directory,
                                             const std::string& own_device,
                                             const std::string& device);

}  // namespace godwit::agent
