// What operators see of a device as a whole.
#pragma once

#include <string>

#include "collector/figures.h"
#include "collector/store/store.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

[[nodiscard]] Status Summarise(StoreReader& reader, const Figures& figures, int64_t now_unix_ns,
                               const DeviceRow& row, v1::DeviceSummary& summary);

// Of the device whose name or id begins with `prefix`.
[[nodiscard]] Status FillDevice(StoreReader& reader, const Figures& figures, int64_t now_unix_ns,
                                const std::string& prefix, v1::GetDeviceResponse& response);

}  // namespace godwit::collector
