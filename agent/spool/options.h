// What the spool is told by the settings.
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
  // Of a segment, unless a single record needs more; at most an eighth of max_bytes.
  ByteCount segment_bytes = kSegmentBytesMax;
  // Of records in memory while the disk takes none.
  ByteCount ring_bytes = kRingBytesMax;
  // Below this share of free space the spool grows no further; it recycles what it holds.
  double reserve_free = 0.05;
};

}  // namespace godwit::agent
