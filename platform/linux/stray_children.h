// Children of this process that it did not start: what a program left behind when it ended, and
// what the kernel hands to the nearest subreaper (prctl(2)).
#pragma once

#include <sys/types.h>

#include <functional>

namespace godwit::spawner {

// Kills every child but those that `is_ours`. One that dies may have children again, which come to
// us: so until there are none. One that the kernel does not let die (it waits for a disk) is not
// waited for: it is found again.
void KillStrays(const std::function<bool(pid_t)>& is_ours);

}  // namespace godwit::spawner
