// Serves the spawner's socket: starts programs, watches their deadlines, reports their ends. It
// never waits for a program: neither for its start, which takes as long as its file system does,
// nor for the end of one that hangs in the kernel.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace godwit::spawner {

enum class ServeEnd {
  kAgentGone,   // the socket's other end is closed
  kKeeperGone,  // the parent has died
};

// Serves requests, in a process with one thread whose parent is `keeper`. `starts` is the number of
// servers so far, this one included. Running programs are killed before it returns.
ServeEnd Serve(int socket, pid_t keeper, uint32_t starts);

}  // namespace godwit::spawner
