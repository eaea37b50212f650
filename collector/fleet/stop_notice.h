// That the collector stops: what waits for more ends at once, and what is under way has a little
// time left. Its callers hear that it is the collector that ends, and may ask again.
#pragma once

#include <atomic>

#include "absl/time/time.h"
#include "base/status.h"

namespace godwit::collector {

// Thread-safe.
class StopNotice {
 public:
  // Given once: all ends by then, on the boot clock.
  void Give(absl::Duration end) {
    end_ = end;
    given_ = true;
  }
  // Returns what a call ends with now; OK: it continues. `waits`: for what may never come.
  Status Check(bool waits, absl::Duration boot_now) const {
    if (!given_ || (!waits && boot_now < end_)) return absl::OkStatus();
    return Error(StatusCode::kUnavailable,
                 waits ? "the collector is stopping"
                       : "the collector is stopping; what there is of the answer is not complete");
  }

 private:
  absl::Duration end_;  // written before `given_` is
  std::atomic<bool> given_ = false;
};

}  // namespace godwit::collector
