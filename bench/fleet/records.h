// What a simulated device samples: as many series as an agent with the shipped settings, every
// 10 s, a batch a minute. One of them counts its ticks, so that the end of a run can be checked.
#pragma once

#include <cstdint>
#include <string>

#include "codec/table.h"
#include "proto/godwit/v1/device.pb.h"

namespace godwit::bench {

inline constexpr int kSeries = 72;
inline constexpr int kTicksPerRecord = 6;
inline constexpr char kCountingSeries[] = "fleet.ticks";

// Thread-compatible.
class Records {
 public:
  // The first tick of every device is at `base_unix_s`.
  explicit Records(int64_t base_unix_s);

  const v1::Table& table() const { return table_; }
  // A device's record, the same each time it is asked for.
  v1::Record Make(uint64_t device, uint64_t run, uint64_t seq) const;

 private:
  const int64_t base_unix_s_;
  v1::Table table_;
};

}  // namespace godwit::bench
