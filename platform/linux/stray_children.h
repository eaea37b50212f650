// Handles children of this process that it did not start: processes left behind by a program, and
// those that the kernel hands to the nearest subreaper (prctl(2)).
#pragma once

#include <sys/types.h>

#include <functional>

namespace godwit::spawner {

// Kills every child except those that `is_ours`. The children of a killed one come to this process,
// so this repeats until there are none. One that the kernel does not let die (it waits for a disk)
// is not waited for: the next call finds it again.
void KillStrays(const std::function<bool(pid_t)>& is_ours);

}  // namespace godwit::spawner
