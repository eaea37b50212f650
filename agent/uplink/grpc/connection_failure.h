// Explains in words why a call to the collector failed, for the running agent and for `doctor`.
//
// gRPC has one code for every connection that could not be made, and describes the rest in its own
// words. They are those of version 1.51, which a contract test checks.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "agent/uplink/grpc/channel.h"
#include "agent/uplink/grpc/tls_probe.h"
#include "base/status.h"

namespace godwit::agent {

struct ConnectionFailure {
  // What is wrong and what to do about it, as a sentence; empty: gRPC's words have to do.
  std::string meaning;
  // The address for another handshake, if only that can find out what is wrong (tls_probe.h); else
  // empty.
  std::string probe_address;
};

// Explains a failure. `failure` is gRPC's own: its code, and its message as it came. Pure.
ConnectionFailure JudgeFailure(const ChannelOptions& options, const Status& failure);

// Explains a failure, with the handshake if needed: blocks for up to `patience`.
std::string MeaningOf(const ChannelOptions& options, const Status& failure, const TimeOfDay& time,
                      absl::Duration patience);

// Returns `failure` with its meaning in front, and gRPC's words in brackets after it.
Status Explained(const Status& failure, const std::string& meaning);

}  // namespace godwit::agent
