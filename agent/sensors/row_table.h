// Builds a table with the same series for each of several items (disks, interfaces, mount points)
// that may come and go.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/sensors/faults.h"
#include "codec/table.h"
#include "codec/value.h"

namespace godwit::agent {

// A table of rows. At each reading: Begin, Add for each row followed by its values, End.
// Thread-compatible.
class RowTable {
 public:
  using MakeSeries = std::function<std::vector<Series>(const std::string& row)>;

  // `make` returns the series of a row, always the same. The first line of a row is its name in
  // errors.
  explicit RowTable(MakeSeries make) : make_(std::move(make)) {}

  const Table& table() const { return table_; }
  // Returns a number that changes with the rows.
  uint64_t layout() const { return layout_; }
  // Returns the number of values so far of rows that had no room in the table.
  uint64_t refused() const { return refused_; }

  void Begin(std::vector<Value>& values);
  // Adds a row. Returns false if there is no room for it and for the rows after it: a table has at
  // most kTableSeriesMax series.
  bool Add(std::string_view row);
  // Ends a reading. The table is rebuilt if the rows are not those of the last reading. Rows
  // without room are counted, and the first one is named in `faults`, as a row of `source`.
  void End(std::string_view source, Faults& faults);

 private:
  struct Row {
    std::string text;
    size_t series = 0;  // how many it has
  };

  MakeSeries make_;
  std::vector<Row> rows_;
  size_t next_ = 0;       // of rows_, while they are as they were
  bool changed_ = false;  // since the table was made, also in a reading that failed half way
  Table table_;
  uint64_t layout_ = 1;
  // Of this reading.
  size_t series_ = 0;
  size_t beyond_ = 0;         // rows that had no room
  std::string first_beyond_;  // their first
  size_t beyond_series_ = 0;  // of that one
  uint64_t refused_ = 0;
};

}  // namespace godwit::agent
