// Places the rows of a device in the tables and indexes whose keys start with its key, or with that
// of a run of it.
//
// An agent seals its batches at a moment of `batch.period` that the checksum of the device's id
// chooses (agent/assembly.cc). Keys of devices and runs start with that moment, so that devices
// whose records arrive together have adjacent rows: a transaction changes one page for many of
// them, not one for each. It only orders rows: devices and runs stored by older collectors keep
// their keys.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/checksum.h"
#include "collector/limits.h"

namespace godwit::collector {

inline constexpr int kPlaceBits = 14;  // 4 ms of a minute
inline constexpr int kDeviceNumberBits = 17;
inline constexpr int kRunNumberBits = 33;
static_assert(kDevicesMax < int64_t{1} << kDeviceNumberBits, "all of them may be in one place");

struct KeyRange {
  int64_t first = 0;
  int64_t last = 0;
};

inline KeyRange KeysAtPlaceOf(std::string_view device_id, int number_bits) {
  const auto place = static_cast<int64_t>(Checksum(device_id) >> (64 - kPlaceBits));
  const int64_t first = place << number_bits;
  return {first, first + (int64_t{1} << number_bits) - 1};
}

}  // namespace godwit::collector
