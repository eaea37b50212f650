#include "agent/network_change_debouncer.h"

#include <utility>

#include "base/log.h"

namespace godwit::agent {
namespace {

constexpr absl::Duration kQuietTime = absl::Milliseconds(500);

}  // namespace

NetworkChangeDebouncer::NetworkChangeDebouncer(UvLoop& loop, Changed changed)
    : loop_(loop), changed_(std::move(changed)) {
  auto watch = NetworkWatch::Open();
  if (!watch.ok()) {
    LogDebug(Message(watch.status()));
    return;
  }
  watch_ = *std::move(watch);
  loop_.OnReadable(watch_->descriptor(), [this] { Collect(); });
}

void NetworkChangeDebouncer::Collect() {
  const NetworkChange change = watch_->Take();
  pending_.any |= change.any;
  pending_.address_gone |= change.address_gone;
  if (!pending_.any || timer_ != nullptr) return;
  timer_ = loop_.PostAfter(kQuietTime, [this] {
    timer_.reset();  // what comes from here on is the next flock
    changed_(std::exchange(pending_, {}).address_gone);
  });
}

}  // namespace godwit::agent
