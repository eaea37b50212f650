// The spawner's other side: the process that forks, and the one that keeps it alive.
#pragma once

#include <sys/types.h>

namespace godwit {

// In a child that was just forked from `parent` and has one thread: the keeper. It forks the server
// and forks another when that dies (the kernel may kill it when memory is short); the server that
// outlives its keeper becomes the keeper of another. So either may be killed. Requests wait in the
// socket meanwhile; programs that run then are killed. Both exit once the other end of `socket` is
// closed.
[[noreturn]] void RunSpawnerProcess(int socket, pid_t parent);

}  // namespace godwit
