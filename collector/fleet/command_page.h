// Commands as operators see them.
#pragma once

#include <cstdint>
#include <string>

#include "collector/fleet/directory.h"
#include "collector/store/store.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

NewCommand CommandOf(const v1::SendCommandRequest& request, const DeviceName& device);

// One that no device has started, and whose life is over, has expired: nobody need write that down.
void SeeExpired(int64_t now_unix_ns, CommandRow& row);

void Fill(const CommandRow& row, const std::string& device_name, v1::CommandInfo& info);

// The newest of the device that `text` names.
[[nodiscard]] Status FillCommands(StoreReader& reader, Directory& directory, int64_t now_unix_ns,
                                  const std::string& text, v1::ListCommandsResponse& response);

}  // namespace godwit::collector
