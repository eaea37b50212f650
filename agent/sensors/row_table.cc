#include "agent/sensors/row_table.h"

#include <algorithm>

#include "codec/limits.h"

namespace godwit::agent {

void RowTable::Begin(std::vector<Value>& values) {
  values.clear();
  next_ = 0;
}

bool RowTable::Add(std::string_view row) {
  if ((next_ + 1) * series_per_row_ > kTableSeriesMax) return false;
  if (next_ < rows_.size() && rows_[next_] != row) {
    changed_ = true;
    rows_.resize(next_);
  }
  if (next_ == rows_.size()) {
    changed_ = true;
    rows_.emplace_back(row);
    series_per_row_ = std::max(series_per_row_, make_(rows_.back()).size());
  }
  ++next_;
  return true;
}

void RowTable::End() {
  changed_ |= next_ != rows_.size();
  if (!changed_) return;
  rows_.resize(next_);
  table_.series.clear();
  for (const std::string& row : rows_) {
    for (Series& series : make_(row)) table_.series.push_back(std::move(series));
  }
  ++layout_;
  changed_ = false;
}

}  // namespace godwit::agent
