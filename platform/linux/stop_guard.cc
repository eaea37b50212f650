#include "platform/linux/stop_guard.h"

#include <chrono>
#include <cstdlib>

#include "base/exit_code.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"

namespace godwit {

StopGuard::StopGuard(absl::Duration limit)
    : thread_([this, limit] {
        std::unique_lock lock(mutex_);
        if (wake_.wait_for(lock, absl::ToChronoMilliseconds(limit), [this] { return stopped_; })) {
          return;
        }
        LogError(Cat("did not stop within ", DurationText(limit),
                     ": ended; what was not acknowledged is sent again"));
        std::_Exit(kExitFailed);
      }) {}

StopGuard::~StopGuard() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

}  // namespace godwit
