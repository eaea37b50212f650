#include "tests/sim/reading_log.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace godwit::sim {
namespace {

// The product's own promises (docs/batch-format.md, docs/architecture.md): a tick is at most so
// late, and a batch holds readings of clocks that have moved against each other by less than this.
constexpr absl::Duration kLatenessMax = absl::Seconds(2);
constexpr absl::Duration kClockMoveMax = absl::Milliseconds(100);

bool Says(const Value& stored, const Value& given, double resolution) {
  if (resolution <= 0 || !std::holds_alternative<double>(given)) return stored == given;
  const auto* const number = std::get_if<double>(&stored);
  return number != nullptr &&
         std::abs(*number - std::get<double>(given)) <= resolution / 2 * (1 + 1e-9);
}

}  // namespace

void ReadingLog::Add(const TableId& table, WitnessedReading reading) {
  if (reading.values.empty()) return;  // a group without series has no ticks
  waiting_[table].push_back(std::move(reading));
  ++left_;
}

ReadingLog::Covered ReadingLog::Take(const Batch& batch) {
  Covered covered{.first = absl::InfiniteDuration()};
  for (const Block& block : batch.blocks) {
    std::deque<WitnessedReading>& waiting = waiting_[block.table];
    for (size_t tick = 0; tick < block.ticks.size(); ++tick) {
      if (waiting.empty()) {
        covered.violation += "a tick that no sensor gave; ";
        return covered;
      }
      covered.violation += Compare(batch, block, tick, waiting.front());
      covered.first = std::min(
          covered.first, absl::Nanoseconds(block.ticks[tick].time_unix_ns - batch.wall_offset_ns));
      waiting.pop_front();
      --left_;
      ++covered.readings;
    }
  }
  return covered;
}

std::string ReadingLog::Compare(const Batch& batch, const Block& block, size_t tick,
                                const WitnessedReading& reading) const {
  if (block.columns.size() != reading.values.size()) return "a block of another width; ";
  for (size_t column = 0; column < block.columns.size(); ++column) {
    if (!Says(block.columns[column].At(tick), reading.values[column],
              reading.resolutions[column])) {
      return Cat("column ", column, " is not what its sensor gave; ");
    }
  }
  const BlockTick& stored = block.ticks[tick];
  const absl::Duration lateness = absl::Milliseconds(stored.lateness_ms);
  if (lateness > kLatenessMax) return "a tick that came too late was not missed; ";
  const absl::Duration due = absl::Nanoseconds(stored.time_unix_ns - batch.wall_offset_ns);
  if (absl::AbsDuration(due + lateness - reading.at) > kClockMoveMax) {
    return Cat(
        "a tick says another time than that of its reading: ", absl::FormatDuration(due + lateness),
        ", not ", absl::FormatDuration(reading.at), "; ");
  }
  if (batch.wall_synchronised != reading.wall_synchronised) {
    return "a batch is wrong about its clock; ";
  }
  const absl::Duration wall_offset = absl::Nanoseconds(batch.wall_offset_ns);
  if (absl::AbsDuration(wall_offset - reading.wall_offset) > kClockMoveMax) {
    return "a batch has readings of two clocks; ";
  }
  const bool on_grid = stored.time_unix_ns % absl::ToInt64Nanoseconds(reading.interval) == 0;
  if (batch.wall_synchronised && !on_grid) return "a tick is not on the grid of its clock; ";
  return {};
}

}  // namespace godwit::sim
