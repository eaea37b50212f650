#include "platform/linux/stop_guard.h"

#include <cstdlib>
#include <string>

#include "base/exit_code.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"
#include "platform/linux/host.h"

namespace godwit {

StopGuard::StopGuard(absl::Duration limit)
    : alarm_(limit, [this, limit] {
        const std::string threads = BusyThreads();
        LogError(Cat("did not stop within ", DurationText(limit), ", waiting for ", awaited_.load(),
                     threads.empty() ? "" : Cat(" (threads: ", threads, ")"),
                     "; the process exits, and records without an acknowledgement are sent again"));
        std::_Exit(kExitFailed);
      }) {}

}  // namespace godwit
