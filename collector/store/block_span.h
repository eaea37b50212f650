// Describes blocks as the store knows them, and counts the missing ticks within and between them.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "codec/batch.h"
#include "collector/store/group_chains.h"

namespace godwit::collector {

// The facts about a block that are known without decoding it.
struct BlockSpan {
  TableId table;
  uint32_t columns = 0;  // of the batch; must equal the table's
  uint32_t ticks = 0;
  int64_t interval_ns = 0;
  int64_t first_unix_ns = 0;  // by the batch's own clock
  int64_t last_unix_ns = 0;
  uint64_t missing = 0;  // ticks of the grid between first and last that are not there
};
// Returns the span of each block of the batch, in order.
std::vector<BlockSpan> SpansOf(const Batch& batch);
// Returns the number of ticks that are missing between two ticks at this distance: the distance in
// intervals, rounded to the nearest, minus 1. 0 if the interval is not positive.
uint64_t TicksBetween(int64_t distance_ns, int64_t interval_ns);

// Counts the missing ticks within and between blocks, group by group. If the interval changes, the
// gap between two blocks is measured by the longer one. Thread-compatible.
class MissingTickCount {
 public:
  explicit MissingTickCount(SharedSeries::ReadTable read) : shared_(std::move(read)) {}

  // Adds a block. Blocks are added in the order of their first ticks, on one clock.
  void Add(const BlockSpan& block);
  uint64_t missing() const { return missing_; }

 private:
  struct End {
    int64_t last_unix_ns = 0;
    int64_t interval_ns = 0;
  };
  SharedSeries shared_;
  GroupChains chains_;
  std::map<TableId, End> ends_;
  uint64_t missing_ = 0;
};

}  // namespace godwit::collector
