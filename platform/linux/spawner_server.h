// Serves the spawner's socket: starts programs, watches their deadlines, reports how they ended.
// Waits for no program: neither for its start, which takes as long as the file system that its file
// is on, nor for the end of one that hangs in the kernel.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace godwit::spawner {

enum class ServeEnd {
  kAgentGone,   // the socket's other end is closed
  kKeeperGone,  // the parent has died
};

// In a process with one thread whose parent is `keeper`. `starts`: how many servers there were,
// this one included. Programs that still run are killed before it returns.
ServeEnd Serve(int socket, pid_t keeper, uint32_t starts);

}  // namespace godwit::spawner
