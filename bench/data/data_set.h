// Values to measure a codec with, and to test it on: groups of series over the same ticks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "codec/batch.h"
#include "codec/table.h"

namespace godwit::bench {

struct DataGroup {
  Table table;
  std::vector<BlockTick> ticks;
  std::vector<Column> columns;  // all ticks of each series
};

struct DataSet {
  std::string name;
  int64_t interval_ns = 1'000'000'000;
  std::vector<DataGroup> groups;
  // The fewest bits that any code can take on average, given what the generator knows and a reader
  // does not; 0 when nobody knows.
  double bound_bits = 0;

  size_t ticks() const { return groups.front().ticks.size(); }
  size_t series() const;
  // Series whose value never changes.
  size_t constant_series() const;
  // Ticks [first, first + count) of all groups, or of what there is of them.
  Batch Slice(size_t first, size_t count) const;
  // SHA-256 of the list of series, in hexadecimal: which set this is.
  std::string SeriesHash() const;
};

// A recording of tools/record_proc, compressed with zstd. Series of one file of /proc are a group.
StatusOr<DataSet> ReadRecording(const std::string& path, const std::string& name);

// 500 simulated sensors, the same for the same seed. `bound_bits` is the sum of -log2 of each
// sample's probability given the true hidden state behind it.
DataSet MakeSensors(uint64_t seed, size_t ticks);

}  // namespace godwit::bench
