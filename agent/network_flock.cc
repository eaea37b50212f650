#include "agent/network_flock.h"

#include <utility>

#include "base/log.h"

namespace godwit::agent {
namespace {

constexpr absl::Duration kFlock = absl::Milliseconds(500);

}  // namespace

NetworkFlock::NetworkFlock(UvLoop& loop, Changed changed)
    : loop_(loop), changed_(std::move(changed)) {
  auto watch = NetworkWatch::Open();
  if (!watch.ok()) {
    LogDebug(Message(watch.status()));
    return;
  }
  watch_ = *std::move(watch);
  loop_.OnReadable(watch_->descriptor(), [this] { Take(); });
}

void NetworkFlock::Take() {
  const NetworkChange change = watch_->Take();
  flock_.any |= change.any;
  flock_.address_gone |= change.address_gone;
  if (!flock_.any || timer_ != nullptr) return;
  timer_ = loop_.PostAfter(kFlock, [this] {
    timer_.reset();  // what comes from here on is the next flock
    changed_(std::exchange(flock_, {}).address_gone);
  });
}

}  // namespace godwit::agent
