// One record of a store against what the store says of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collector/store/store.h"

namespace godwit::collector {

struct CheckedRecord {
  Seq first_seq = 0;
  Seq last_seq = 0;
  uint64_t checksum = 0;
  std::string checksums;  // of a merged one
  std::string batch;
  std::vector<BlockSpan> blocks;
  std::vector<StoredSlice> slices;
  std::vector<std::string> slice_batches;  // of each slice
};

// Adds to `samples`. Says what is wrong; empty when nothing is.
std::string CheckRecord(const CheckedRecord& record, uint64_t& samples);

}  // namespace godwit::collector
