// gRPC's timers on one thread that sleeps until the next is due. Its own engine (1.51) keeps a pool
// and a manager that wakes once a second, whatever there is to do: measured, three threads and a
// wake-up a second less on an idle channel.
#pragma once

namespace godwit::agent {

// Takes gRPC's log, too (proto/grpc_log.h). Before the process' first use of gRPC; later calls do
// nothing.
void UseQuietEngine();

}  // namespace godwit::agent
