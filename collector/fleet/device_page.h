// Describes devices as a whole for operators.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "collector/fleet/directory.h"
#include "collector/fleet/turn.h"
#include "collector/statistics.h"
#include "collector/store/store.h"
#include "platform/clock.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

// Lists all devices by name, then id. Query-confined.
class DeviceListQuery {
 public:
  DeviceListQuery(StoreReader& reader, Directory& directory, const Statistics& statistics,
                  const Clock& clock)
      : reader_(reader), directory_(directory), statistics_(statistics), clock_(clock) {}
  // Returns the devices found when the turn is over, at most kDevicesPerPage and some kPageBytes.
  // Nothing at the end, or if the turn is over before the first.
  [[nodiscard]] StatusOr<std::optional<v1::ListDevicesResponse>> NextPage(
      const Turn& turn = Turn::Endless());

 private:
  StoreReader& reader_;
  Directory& directory_;
  const Statistics& statistics_;
  const Clock& clock_;
  std::optional<Directory::Cursor> cursor_;  // the last that was listed
};

// Returns whether the device is silent: not connected, and last seen kSilentAfter ago or longer.
bool IsSilent(const DeviceRow& row, const Statistics& statistics, int64_t now_unix_ns);

// Describes the device that `text` names (Directory::Find).
[[nodiscard]] Status FillDevice(StoreReader& reader, Directory& directory,
                                const Statistics& statistics, int64_t now_unix_ns,
                                const std::string& text, v1::GetDeviceResponse& response);

}  // namespace godwit::collector
