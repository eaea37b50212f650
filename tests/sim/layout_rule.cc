#include "tests/sim/layout_rule.h"

#include <algorithm>

namespace godwit::sim {
namespace {

constexpr int kBurst = 16;
constexpr absl::Duration kPeriod = absl::Seconds(75);  // 48 an hour

}  // namespace

void LayoutRule::Start(size_t group, const Table& yielded) {
  if (yielded.series.empty()) return;
  known_.insert(TableIdOf(yielded));
  sampled_[group] = yielded;
}

LayoutRule::Row LayoutRule::Apply(size_t group, const Table& yielded,
                                  const std::vector<Value>& values, absl::Duration now) {
  const auto place = sampled_.find(group);
  const bool is_sampled = place != sampled_.end() && place->second == yielded;
  if (is_sampled || yielded.series.empty() || MayTake(group, TableIdOf(yielded), now)) {
    // A group that loses all its series has had a layout nevertheless.
    if (place != sampled_.end() || !yielded.series.empty()) sampled_[group] = yielded;
    return {.table = yielded, .values = values};
  }
  Row row{.table = place->second, .waits = true};
  for (const Series& series : row.table.series) {
    const auto found = std::find(yielded.series.begin(), yielded.series.end(), series);
    row.values.push_back(found == yielded.series.end()
                             ? Value()
                             : values[static_cast<size_t>(found - yielded.series.begin())]);
  }
  return row;
}

bool LayoutRule::MayTake(size_t group, const TableId& layout, absl::Duration now) {
  const bool first = !sampled_.contains(group);
  if (!first && !known_.contains(layout)) {
    for (; tokens_ < kBurst && now - refilled_at_ >= kPeriod; ++tokens_) refilled_at_ += kPeriod;
    if (tokens_ == 0) return false;
    if (tokens_ == kBurst) refilled_at_ = now;
    --tokens_;
  }
  known_.insert(layout);
  return true;
}

}  // namespace godwit::sim
