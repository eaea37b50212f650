// A table with the same series for each of several things (disks, interfaces, mount points) that
// may come and go.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/table.h"
#include "codec/value.h"

namespace godwit::agent {

// Thread-compatible. At each reading: Begin, Add for each row with its values behind it, End.
class RowTable {
 public:
  using MakeSeries = std::function<std::vector<Series>(const std::string& row)>;

  explicit RowTable(MakeSeries make) : make_(std::move(make)) {}

  const Table& table() const { return table_; }
  // Changes with the rows.
  uint64_t layout() const { return layout_; }

  void Begin(std::vector<Value>& values);
  // False when the table has no room for one more.
  bool Add(std::string_view row);
  // The table is made anew if the rows are not those of the last reading.
  void End();

 private:
  MakeSeries make_;
  std::vector<std::string> rows_;
  size_t next_ = 0;       // of rows_, while they are as they were
  bool changed_ = false;  // since the table was made, also in a reading that failed half way
  size_t series_per_row_ = 1;
  Table table_;
  uint64_t layout_ = 1;
};

}  // namespace godwit::agent
