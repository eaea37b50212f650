#include "agent/sensors/row_table.h"

#include <utility>

#include "base/text.h"
#include "codec/limits.h"

namespace godwit::agent {

void RowTable::Begin(std::vector<Value>& values) {
  values.clear();
  next_ = 0;
  series_ = 0;
  beyond_ = 0;
}

bool RowTable::Add(std::string_view row) {
  if (beyond_ > 0) {
    ++beyond_;
    return false;
  }
  if (next_ < rows_.size() && rows_[next_].text != row) {
    changed_ = true;
    rows_.resize(next_);
  }
  // Rows that are as they were fit, as they did.
  if (next_ == rows_.size()) {
    Row made{.text = std::string(row)};
    made.series = make_(made.text).size();
    if (series_ + made.series > kTableSeriesMax) {
      beyond_ = 1;
      beyond_series_ = made.series;
      first_beyond_ = row.substr(0, row.find('\n'));
      return false;
    }
    changed_ = true;
    rows_.push_back(std::move(made));
  }
  series_ += rows_[next_].series;
  ++next_;
  return true;
}

void RowTable::End(std::string_view source, Faults& faults) {
  if (beyond_ > 0) {
    refused_ += beyond_ * beyond_series_;
    faults.Add(Error(StatusCode::kResourceExhausted,
                     Cat(source, ": ", beyond_, " of ", next_ + beyond_,
                         " rows do not fit in a table of at most ", kTableSeriesMax,
                         " series; the first: ", first_beyond_)));
  }
  changed_ |= next_ != rows_.size();
  if (!changed_) return;
  rows_.resize(next_);
  table_.series.clear();
  for (const Row& row : rows_) {
    for (Series& series : make_(row.text)) table_.series.push_back(std::move(series));
  }
  ++layout_;
  changed_ = false;
}

}  // namespace godwit::agent
