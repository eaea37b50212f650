#include "collector/store/record_readers.h"

namespace godwit::collector {

StatusOr<std::vector<DeviceRow>> DeviceReader::Devices() {
  std::vector<DeviceRow> rows;
  GODWIT_ASSIGN_OR_RETURN(const auto names, DeviceNames());
  for (const DeviceName& name : names) {
    GODWIT_ASSIGN_OR_RETURN(rows.emplace_back(), Device(name.key));
  }
  return rows;
}

}  // namespace godwit::collector
