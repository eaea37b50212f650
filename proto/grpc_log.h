// gRPC's own log. It writes to standard error what peers and names say, uncut, and beside every
// level and every format of ours.
#pragma once

namespace godwit {

// From now on gRPC's lines are debug lines of ours (base/log.h), so they are cleaned, cut, counted
// and usually not printed. Before the process' first use of gRPC; again does nothing. Thread-safe.
void TakeGrpcLog();

}  // namespace godwit
