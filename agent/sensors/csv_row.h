// Splits a row of the recordings that tools/record_proc makes. A cell with commas is in quotes;
// nothing is escaped.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace godwit::agent {

// Yields the cells of a row, one after another; a row has at least one. Thread-compatible.
class CsvRow {
 public:
  explicit CsvRow(std::string_view row) : rest_(row) {
    if (rest_.ends_with('\r')) rest_.remove_suffix(1);
  }

  // Yields the next cell. Returns false at the end.
  bool Next(std::string_view& cell) {
    if (ended_) return false;
    const bool quoted = rest_.starts_with('"');
    if (quoted) rest_.remove_prefix(1);
    const size_t end = std::min(rest_.find(quoted ? '"' : ','), rest_.size());
    cell = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + (quoted ? 1 : 0), rest_.size()));
    ended_ = rest_.empty();
    if (!ended_) rest_.remove_prefix(1);
    return true;
  }

 private:
  std::string_view rest_;
  bool ended_ = false;
};

inline std::vector<std::string_view> CsvCells(std::string_view row) {
  CsvRow rest(row);
  std::vector<std::string_view> cells;
  std::string_view cell;
  while (rest.Next(cell)) cells.push_back(cell);
  return cells;
}

}  // namespace godwit::agent
