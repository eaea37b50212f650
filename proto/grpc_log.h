// Redirects gRPC's own log. By itself it writes what peers send to standard error: uncut, and
// regardless of our log's level and format.
#pragma once

namespace godwit {

// Turns gRPC's lines into debug lines of our log (base/log.h) from now on: they are cleaned, cut,
// counted and usually not printed. To be called before the process first uses gRPC; further calls
// do nothing. Thread-safe.
void TakeGrpcLog();

}  // namespace godwit
