// Adopts or drops segments of another device, by an operator's decision.
//
// Both need the folder for themselves: kUnavailable while an agent runs. kNotFound: the spool has
// nothing of that device; kInvalidArgument: it is the device's own id.
#pragma once

#include <string>

#include "agent/spool/recovery.h"

namespace godwit::agent {

// Both need the folder for themselves: kUnavailable while an agent runs. kNotFound when the spool
// has nothing of that device; kInvalidArgument for the device's own id.

// Makes the device's segments count as ours from the next start of the agent on. Durable when this
// returns.
[[nodiscard]] Status AdoptDevice(FileSystem& files, const std::string& directory,
                                 const std::string& own_device, const std::string& device);
// Removes the device's segments. Returns how many bytes that were.
[[nodiscard]] StatusOr<ByteCount> DropDevice(FileSystem& files, const std::string& directory,
                                             const std::string& own_device,
                                             const std::string& device);

}  // namespace godwit::agent
