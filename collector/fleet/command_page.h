// Commands as operators see them.
#pragma once

#include <string>

#include "collector/store/store.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

NewCommand CommandOf(const v1::SendCommandRequest& request, const DeviceName& device);

// One that nobody has begun, and whose life is over, has expired: nobody need write that down.
void SeeExpired(int64_t now_unix_ns, CommandRow& row);

void Fill(const CommandRow& row, const std::string& device_name, v1::CommandInfo& info);

// The newest of the device whose name or id begins with `prefix`.
[[nodiscard]] Status FillCommands(StoreReader& reader, int64_t now_unix_ns,
                                  const std::string& prefix, v1::ListCommandsResponse& response);

}  // namespace godwit::collector
