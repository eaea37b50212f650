// What it means that a call to the collector failed, in words for a person: one judgement for the
// running agent and for `doctor`.
//
// gRPC has one code for every connection that does not come about, and says the rest in its own
// words. They are version 1.51's, which a contract test holds to.
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
  // Where only another handshake can tell (tls_probe.h), the address to shake hands with; else
  // empty.
  std::string probe_address;
};

// Pure. `failure` is gRPC's own: its code, and its message as it came.
ConnectionFailure JudgeFailure(const ChannelOptions& options, const Status& failure);

// The same, with the handshake if need be: it blocks for up to `patience`.
std::string MeaningOf(const ChannelOptions& options, const Status& failure, const TimeOfDay& time,
                      absl::Duration patience);

// `failure` with its meaning in front, and what gRPC says behind that in brackets.
Status Explained(const Status& failure, const std::string& meaning);

}  // namespace godwit::agent
