// The spawner's other side: the process that forks.
#pragma once

#include <sys/types.h>

namespace godwit {

// In a child that was just forked from `parent` and has one thread. Serves `socket` until that is
// closed, then kills what still runs and exits.
[[noreturn]] void RunSpawnerProcess(int socket, pid_t parent);

}  // namespace godwit
