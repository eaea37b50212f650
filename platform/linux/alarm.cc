#include "platform/linux/alarm.h"

#include <utility>

namespace godwit {

Alarm::Alarm(absl::Duration limit, std::function<void()> ring)
    : thread_([this, limit, ring = std::move(ring)] {
        {
          const MutexLock lock(mutex_);
          const auto over = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return over_; };
          if (wake_.AwaitFor(mutex_, limit, over)) return;
        }
        ring();
      }) {}

Alarm::~Alarm() {
  {
    const MutexLock lock(mutex_);
    over_ = true;
  }
  wake_.NotifyOne();
  thread_.join();
}

}  // namespace godwit
