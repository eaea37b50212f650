// Implements the spawner's processes: the server, which forks, and the keeper, which restarts it.
#pragma once

#include <sys/types.h>

namespace godwit {

// Runs the keeper, in a child that was just forked from `parent` and has one thread. It forks the
// server, and another one when that dies (the kernel may kill it when memory is short). A server
// that outlives its keeper becomes the keeper of another. So either may be killed. Requests wait in
// the socket meanwhile; running programs are killed. Both exit once the other end of `socket` is
// closed.
[[noreturn]] void RunSpawnerProcess(int socket, pid_t parent);

}  // namespace godwit
