#include "platform/linux/stop_guard.h"

#include <cstdlib>

#include "base/exit_code.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/text.h"
#include "base/units.h"

namespace godwit {

StopGuard::StopGuard(absl::Duration limit)
    : thread_([this, limit] {
        const MutexLock lock(mutex_);
        const auto stopped = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_; };
        if (wake_.AwaitFor(mutex_, limit, stopped)) return;
        LogError(Cat("did not stop within ", DurationText(limit), ", waiting for ", awaited_,
                     ": ended; what was not acknowledged is sent again"));
        std::_Exit(kExitFailed);
      }) {}

StopGuard::~StopGuard() {
  {
    const MutexLock lock(mutex_);
    stopped_ = true;
  }
  wake_.NotifyOne();
  thread_.join();
}

void StopGuard::Awaits(const char* what) {
  const MutexLock lock(mutex_);
  awaited_ = what;
}

}  // namespace godwit
