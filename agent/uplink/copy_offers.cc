#include "agent/uplink/copy_offers.h"

#include <algorithm>

#include "agent/limits.h"

namespace godwit::agent {

void CopyOffers::List(const SpoolInventory& inventory) {
  const auto& held = inventory.rejected_and_held;
  const auto reported = static_cast<std::ptrdiff_t>(std::min(held.size(), kReportedQuarantinedMax));
  waiting_.assign(inventory.rejected_and_gone.begin(), inventory.rejected_and_gone.end());
  waiting_.insert(waiting_.end(), held.begin(), held.begin() + reported);
  unread_ = inventory.rejected_and_unread;

  std::set<RecordName> copies(inventory.rejected_and_gone.begin(),
                              inventory.rejected_and_gone.end());
  copies.insert(held.begin(), held.end());
  copies.insert(unread_.begin(), unread_.end());
  std::erase_if(refused_, [&](const RecordName& name) { return !copies.contains(name); });
}

void CopyOffers::Begin() {
  const auto is_refused = [this](const RecordName& name) { return refused_.contains(name); };
  std::erase_if(waiting_, is_refused);
  std::erase_if(unread_, is_refused);
  offered_.clear();
}

std::optional<RecordName> CopyOffers::Take() {
  if (waiting_.empty()) return std::nullopt;
  const RecordName name = waiting_.front();
  waiting_.pop_front();
  return name;
}

void CopyOffers::RetryUnread() {
  waiting_.insert(waiting_.end(), unread_.begin(), unread_.end());
  unread_.clear();
}

}  // namespace godwit::agent
