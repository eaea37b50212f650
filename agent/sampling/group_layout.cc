#include "agent/sampling/group_layout.h"

#include <map>
#include <utility>

namespace godwit::agent {

bool GroupLayout::SetYielded(const Table& table, std::vector<size_t> admitted) {
  if (!sampled_) sampled_ = Wanted();
  yielded_ = table;
  admitted_ = std::move(admitted);
  if (Wanted() == *sampled_) TakeWanted();
  MapColumns();
  return waiting();
}

void GroupLayout::TakeWanted() {
  sampled_.reset();
  had_series_ |= !admitted_.empty();
  MapColumns();
}

Table GroupLayout::Wanted() const {
  if (admitted_.size() == yielded_.series.size()) return yielded_;
  Table out;
  for (const size_t column : admitted_) out.series.push_back(yielded_.series[column]);
  return out;
}

// By series, never by place: a value of one would be taken for a value of another.
void GroupLayout::MapColumns() {
  places_.clear();
  waiting_series_.clear();
  if (!sampled_) {
    places_.assign(admitted_.begin(), admitted_.end());
    return;
  }
  std::map<Series, size_t> yielded;
  for (const size_t column : admitted_) yielded.emplace(yielded_.series[column], column);
  for (const Series& series : sampled_->series) {
    const auto found = yielded.find(series);
    places_.push_back(found == yielded.end() ? std::nullopt : std::optional(found->second));
    if (found != yielded.end()) yielded.erase(found);
  }
  for (const auto& [series, column] : yielded) waiting_series_.push_back(column);
}

const std::vector<Value>& GroupLayout::Row(const std::vector<Value>* values) {
  if (values != nullptr && !sampled_ && admitted_.size() == values->size()) return *values;
  row_.assign(places_.size(), Value{});
  if (values == nullptr) return row_;
  for (size_t i = 0; i < places_.size(); ++i) {
    if (places_[i]) row_[i] = (*values)[*places_[i]];
  }
  return row_;
}

}  // namespace godwit::agent
