#include "agent/sampling/layout_pacer.h"

#include <algorithm>

#include "agent/limits.h"

namespace godwit::agent {

bool LayoutPacer::Admit(GroupNumber group, const TableId& layout, absl::Duration now) {
  if (!known_.contains(layout)) {
    auto place = std::find(queue_.begin(), queue_.end(), group);
    if (place == queue_.end()) place = queue_.insert(queue_.end(), group);
    // Those in front have a claim on the first tokens, whenever their next ticks are.
    if (static_cast<size_t>(place - queue_.begin()) >= Tokens(now)) return false;
    full_at_ = std::max(full_at_, now) + kNewLayoutPeriod;
  }
  Leave(group);
  Remember(layout);
  return true;
}

void LayoutPacer::Leave(GroupNumber group) {
  std::erase(queue_, group);
}

// Forgets the one that was admitted longest ago when there are too many.
void LayoutPacer::Remember(const TableId& layout) {
  known_[layout] = ++admissions_;
  if (known_.size() <= kKnownLayoutsMax) return;
  known_.erase(std::min_element(known_.begin(), known_.end(),
                                [](const auto& a, const auto& b) { return a.second < b.second; }));
}

// A token that was taken is there again one period after the one before it.
size_t LayoutPacer::Tokens(absl::Duration now) const {
  const absl::Duration missing = std::max(full_at_ - now, absl::ZeroDuration());
  const auto taken = static_cast<int64_t>(absl::Ceil(missing, kNewLayoutPeriod) / kNewLayoutPeriod);
  return static_cast<size_t>(std::max<int64_t>(kNewLayoutsBurst - taken, 0));
}

}  // namespace godwit::agent
