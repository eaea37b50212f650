// Converts commands for operators.
#pragma once

#include <cstdint>
#include <string>

#include "collector/fleet/directory.h"
#include "collector/store/store.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

NewCommand CommandOf(const v1::SendCommandRequest& request, const DeviceName& device);

// Marks a command as expired if no device has started it and its time is over: that is not written
// down.
void SeeExpired(int64_t now_unix_ns, CommandRow& row);

void Fill(const CommandRow& row, const std::string& device_name, v1::CommandInfo& info);

// Returns the newest commands of the device that `text` names.
[[nodiscard]] Status FillCommands(StoreReader& reader, Directory& directory, int64_t now_unix_ns,
                                  const std::string& text, v1::ListCommandsResponse& response);

}  // namespace godwit::collector
