#include "bench/data/data_set.h"

#include <algorithm>
#include <utility>

#include "base/checksum.h"
#include "base/text.h"

namespace godwit::bench {
namespace {

Column SliceColumn(const Column& whole, size_t first, size_t end) {
  Column column;
  for (size_t i = first; i < end; ++i) column.Append(whole.At(i));
  return column;
}

bool IsConstant(const Column& column) {
  for (size_t i = 1; i < column.bits.size(); ++i) {
    if (column.bits[i] != column.bits[0] || column.types[i] != column.types[0]) return false;
  }
  return true;
}

}  // namespace

size_t DataSet::series() const {
  size_t count = 0;
  for (const DataGroup& group : groups) count += group.columns.size();
  return count;
}

size_t DataSet::constant_series() const {
  size_t count = 0;
  for (const DataGroup& group : groups) {
    count +=
        static_cast<size_t>(std::count_if(group.columns.begin(), group.columns.end(), IsConstant));
  }
  return count;
}

Batch DataSet::Slice(size_t first, size_t count) const {
  const size_t end = std::min(first + count, ticks());
  Batch batch{.boot_id = Sha256Prefix16(name), .wall_synchronised = true};
  batch.wall_offset_ns = groups.front().ticks.front().time_unix_ns - 12'345'678'901'234;
  for (const DataGroup& group : groups) {
    Block block{.table = TableIdOf(group.table), .interval_ns = interval_ns};
    block.ticks.assign(group.ticks.begin() + static_cast<ptrdiff_t>(first),
                       group.ticks.begin() + static_cast<ptrdiff_t>(end));
    for (const Column& column : group.columns) {
      block.columns.push_back(SliceColumn(column, first, end));
    }
    batch.blocks.push_back(std::move(block));
  }
  return batch;
}

std::string DataSet::SeriesHash() const {
  std::string list;
  for (const DataGroup& group : groups) {
    for (const Series& series : group.table.series) list += SeriesText(series) + "\n";
  }
  return Hex(Sha256Prefix16(list));
}

}  // namespace godwit::bench
