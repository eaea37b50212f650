// What operators see of a device as a whole.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collector/figures.h"
#include "collector/store/store.h"
#include "platform/clock.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

[[nodiscard]] Status Summarise(StoreReader& reader, const Figures& figures, int64_t now_unix_ns,
                               const DeviceRow& row, v1::DeviceSummary& summary);

// All devices, a page at a time. Query-confined.
class DeviceListQuery {
 public:
  DeviceListQuery(StoreReader& reader, const Figures& figures, const Clock& clock)
      : reader_(reader), figures_(figures), clock_(clock) {}
  [[nodiscard]] StatusOr<std::optional<v1::ListDevicesResponse>> NextPage();

 private:
  StoreReader& reader_;
  const Figures& figures_;
  const Clock& clock_;
  std::optional<std::vector<DeviceRow>> rows_;
  size_t next_ = 0;
};

// Of the device whose name or id begins with `prefix`.
[[nodiscard]] Status FillDevice(StoreReader& reader, const Figures& figures, int64_t now_unix_ns,
                                const std::string& prefix, v1::GetDeviceResponse& response);

}  // namespace godwit::collector
