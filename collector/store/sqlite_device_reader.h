// Devices and their runs in the store, and the store as a whole.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collector/store/record_readers.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// Query-confined.
class SqliteDeviceReader final : public DeviceReader {
 public:
  explicit SqliteDeviceReader(Database& database) : database_(database) {}

  StatusOr<std::vector<DeviceName>> DeviceNames() override;
  StatusOr<DeviceIdentity> Identity(const std::string& device_id) override;
  StatusOr<DeviceRow> Device(int64_t device) override;
  StatusOr<uint64_t> MissingTicks(int64_t device, TimeRange times) override;
  StatusOr<std::vector<RunRow>> Runs(int64_t device) override;
  StatusOr<RunExtent> Extent(int64_t run) override;
  StatusOr<StoreStatistics> Statistics() override;

 private:
  Status AddDetails(DeviceRow& row);

  Database& database_;
};

}  // namespace godwit::collector
