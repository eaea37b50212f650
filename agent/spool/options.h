// The options of the spool.
#pragma once

#include <string>

#include "agent/limits.h"
#include "base/names.h"
#include "base/units.h"

namespace godwit::agent {

enum class WhenFull { kDropOldest, kDropNewest };

struct SpoolOptions {
  std::string path;
  std::string device_id;
  BootId boot_id;
  ByteCount max_bytes = ByteCount{256} << 20;
  WhenFull when_full = WhenFull::kDropOldest;
  // The largest size of a segment, unless a single record needs more; at most an eighth of
  // max_bytes.
  ByteCount segment_bytes = kSegmentBytesMax;
  // The most bytes of records in memory while the disk takes none.
  ByteCount ring_bytes = kRingBytesMax;
  // The share of free space below which the spool grows no further; it recycles its space then.
  double reserve_free = 0.05;
};

}  // namespace godwit::agent
