// A block as the store knows it, and the ticks that are missing in it and between it and the next.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "codec/batch.h"
#include "collector/store/group_chains.h"

namespace godwit::collector {

// What is known of a block without decoding it.
struct BlockSpan {
  TableId table;
  uint32_t columns = 0;  // checked against the table
  uint32_t ticks = 0;
  int64_t interval_ns = 0;
  int64_t first_unix_ns = 0;  // by the batch's own clock
  int64_t last_unix_ns = 0;
  uint64_t missing = 0;  // ticks of the grid between first and last that are not there
};
std::vector<BlockSpan> SpansOf(const Batch& batch);
// Ticks that lie strictly between two that are so far apart.
uint64_t TicksBetween(int64_t distance_ns, int64_t interval_ns);

// Counts the ticks that are missing within blocks and between them, group by group. An interval may
// change: what lies between two blocks is measured by the longer one of theirs. Thread-compatible.
class MissingTickCount {
 public:
  explicit MissingTickCount(SharedSeries::ReadTable read) : shared_(std::move(read)) {}

  // In the order of their first ticks, by one clock.
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
