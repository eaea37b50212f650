// A row of the recordings that tools/record_proc makes.
#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace godwit::agent {

// A cell with commas is in quotes; nothing is escaped.
inline std::vector<std::string_view> CsvCells(std::string_view row) {
  if (row.ends_with('\r')) row.remove_suffix(1);
  std::vector<std::string_view> cells;
  while (true) {
    const bool quoted = row.starts_with('"');
    if (quoted) row.remove_prefix(1);
    const size_t end = std::min(row.find(quoted ? '"' : ','), row.size());
    cells.push_back(row.substr(0, end));
    row.remove_prefix(std::min(end + (quoted ? 1 : 0), row.size()));
    if (row.empty()) return cells;
    row.remove_prefix(1);
  }
}

}  // namespace godwit::agent
