// Kills children of this process that it did not start itself: processes that a program left
// behind, which the kernel gave to this process as their nearest subreaper (prctl(2)).
#pragma once

#include <sys/types.h>

#include <functional>

namespace godwit::spawner {

// Kills and reaps every child of the calling thread for which `is_ours` is false. The children of a
// killed process become children of this one, so this repeats until none is left, for at most 50
// rounds of 1 ms. The next call finds what remains, such as a process that cannot die while it
// waits for a disk. Does nothing on a kernel without CONFIG_PROC_CHILDREN.
void KillStrays(const std::function<bool(pid_t)>& is_ours);

}  // namespace godwit::spawner
