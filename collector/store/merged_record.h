// Merges consecutive records of a run into one: each table's columns over the ticks of all of them,
// cut into slices of a few columns. Long columns are smaller, and a query reads only the slices it
// needs.
//
// These may be merged: records of one boot, all within one hour, in which the ticks of each table
// continue without a hole. So a merged record never spans a gap, and the device's gaps can be
// derived from it as from its records. Each tick keeps its time and lateness, each value its bits,
// each record its name and checksum. Times that may still be corrected (of a clock that is not
// synchronised) can still be, all of them by the same shift, because the clocks agree to a
// millisecond. Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collector/store/store.h"

namespace godwit::collector {

inline constexpr int64_t kSlicesPerRecordMax = 4096;
inline int64_t SliceKey(int64_t record, uint64_t number) {
  return record * kSlicesPerRecordMax + static_cast<int64_t>(number);
}

// Appends the slices of one table of a merged record, as the store describes them: `width` columns
// each, the last may have fewer. kDataLoss: no merged record is like that.
[[nodiscard]] Status AppendSlices(int64_t record, const TableId& table, int64_t columns,
                                  int64_t first_slice, int64_t width,
                                  std::vector<StoredSlice>& slices);

// A record in the store that waits to be merged.
struct MergeCandidate {
  int64_t key = 0;  // the store's own
  Seq seq = 0;
  uint64_t checksum = 0;
  int64_t first_unix_ns = 0;  // corrected
  int64_t last_unix_ns = 0;
  int64_t age_unix_ns = 0;
  // True if its times can no longer change. Then those of its blocks, and the offset, are corrected
  // and the shift is 0; otherwise they are by its own clock, and the shift corrects them.
  bool final_times = true;
  int64_t wall_offset_ns = 0;
  int64_t shift_ns = 0;
  BootId boot_id;
  std::vector<BlockSpan> blocks;
};

// Returns the hour since the epoch: only records whose first ticks lie in the same one are merged.
int64_t MergeHour(int64_t first_unix_ns);

// Returns how many of the candidates, which are in the order of their sequence numbers and of one
// run, may be merged with the first; 1: only itself.
size_t MergeableFrom(const std::vector<MergeCandidate>& candidates, size_t first);

// Returns whether a single record is better cut into slices.
bool IsWorthSlicing(const MergeCandidate& record);

// A block of a merged record.
struct MergedBlock {
  BlockSpan span;
  uint64_t first_slice = 0;
  uint32_t slice_columns = 0;
};
struct MergedRecord {
  std::vector<MergeCandidate> members;
  std::vector<MergedBlock> blocks;
  std::vector<std::string> slices;
};

// Merges records. `batches` are the decoded batches of `members`, in their order, with the times of
// the members' blocks. kResourceExhausted: the columns exceed a bound of the codec; then the
// records stay as they are.
[[nodiscard]] StatusOr<MergedRecord> Merge(std::vector<MergeCandidate> members,
                                           std::vector<Batch> batches);

}  // namespace godwit::collector
