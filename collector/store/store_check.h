// Compares a record of a store with what the store states about it.
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

// Checks a record, and adds to `samples`. Returns what is wrong; empty: nothing.
std::string CheckRecord(const CheckedRecord& record, uint64_t& samples);

}  // namespace godwit::collector
