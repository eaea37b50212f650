// Runs gRPC's timers on one thread that sleeps until the next is due. Its own engine (1.51) keeps a
// pool and a manager that wakes once a second, even when idle: three threads and a wake-up a second
// more on an idle channel, as measured.
#pragma once

namespace godwit::agent {

// Installs the engine, and redirects gRPC's log (proto/grpc_log.h). To be called before the process
// first uses gRPC; later calls do nothing.
void UseQuietEngine();

}  // namespace godwit::agent
