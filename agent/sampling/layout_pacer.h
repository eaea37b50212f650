// Paces the new layouts of a device's groups by a token bucket: kNewLayoutsBurst at once, then one
// every kNewLayoutPeriod. Groups that have to wait are served in turn, longest wait first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>

#include "absl/time/time.h"
#include "base/names.h"

namespace godwit::agent {

// Loop-confined.
class LayoutPacer {
 public:
  using GroupNumber = size_t;

  // Returns whether the group may be sampled by this layout from now on. Takes a token, unless the
  // layout is known, and removes the group from the queue. Without a token the group waits in the
  // queue and must ask again. `now` is on the boot clock.
  bool Admit(GroupNumber group, const TableId& layout, absl::Duration now);
  // Admits the first layout of a group. That always succeeds: there are no more of them than
  // groups.
  void AdmitFirst(const TableId& layout) { Remember(layout); }
  // Removes a group from the queue: it yields its sampled layout again, or it has gone.
  void Leave(GroupNumber group);

 private:
  void Remember(const TableId& layout);
  size_t Tokens(absl::Duration now) const;

  std::map<TableId, uint64_t> known_;  // when each was admitted last, by count
  uint64_t admissions_ = 0;
  std::deque<GroupNumber> queue_;
  absl::Duration full_at_;  // the bucket has all its tokens again then, on the boot clock
};

}  // namespace godwit::agent
