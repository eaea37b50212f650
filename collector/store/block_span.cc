#include "collector/store/block_span.h"

#include <algorithm>

#include "collector/store/boot_clock.h"

namespace godwit::collector {

// Ticks follow a clock that may be slewed, and move onto its grid by less than half an interval:
// the nearest whole number of intervals is how many there were.
uint64_t TicksBetween(int64_t distance_ns, int64_t interval_ns) {
  if (interval_ns <= 0 || distance_ns <= interval_ns) return 0;
  const int64_t whole = distance_ns / interval_ns;
  const int64_t rest = distance_ns % interval_ns;
  return static_cast<uint64_t>(whole - (rest >= interval_ns - interval_ns / 2 ? 0 : 1));
}

std::vector<BlockSpan> SpansOf(const Batch& batch) {
  std::vector<BlockSpan> spans;
  for (const Block& block : batch.blocks) {
    BlockSpan& span = spans.emplace_back();
    span.table = block.table;
    span.columns = static_cast<uint32_t>(block.columns.size());
    span.ticks = static_cast<uint32_t>(block.ticks.size());
    span.interval_ns = block.interval_ns;
    if (block.ticks.empty()) continue;
    span.first_unix_ns = block.ticks.front().time_unix_ns;
    span.last_unix_ns = block.ticks.back().time_unix_ns;
    for (size_t i = 1; i < block.ticks.size(); ++i) {
      const int64_t distance =
          SubtractSaturated(block.ticks[i].time_unix_ns, block.ticks[i - 1].time_unix_ns);
      span.missing = SumSaturated(span.missing, TicksBetween(distance, block.interval_ns));
    }
  }
  return spans;
}

void MissingTickCount::Add(const BlockSpan& block) {
  missing_ = SumSaturated(missing_, block.missing);
  const auto ended_before = [&](const TableId& other) {
    return ends_.at(other).last_unix_ns < block.first_unix_ns;
  };
  if (const auto table = chains_.Continue(block.table, ended_before, shared_)) {
    const End& before = ends_.at(*table);
    const int64_t distance = SubtractSaturated(block.first_unix_ns, before.last_unix_ns);
    const int64_t interval_ns = std::max(before.interval_ns, block.interval_ns);
    missing_ = SumSaturated(missing_, TicksBetween(distance, interval_ns));
  }
  const End end{block.last_unix_ns, block.interval_ns};
  const auto [known, is_new] = ends_.try_emplace(block.table, end);
  // Those of two copies of one card overlap.
  if (!is_new && end.last_unix_ns >= known->second.last_unix_ns) known->second = end;
}

}  // namespace godwit::collector
