// Finds out why a TLS connection fails. gRPC reports as one UNAVAILABLE certificates that expired,
// are not valid yet, or belong to another authority; and a refused device certificate as a closed
// socket. So after such a failure the agent repeats the handshake itself, sends nothing, and reads
// what OpenSSL reports.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "agent/uplink/grpc/channel.h"

namespace godwit::agent {

// The device's time, which may itself be what is wrong.
struct TimeOfDay {
  absl::Time now;
  bool synchronised = false;
};

// Returns the address that gRPC's message names, as "1.2.3.4:7443" or "[::1]:7443"; empty if it
// names none, or the failure is not one of TLS.
std::string TlsSuspectAddress(const std::string& grpc_message);

// Returns a sentence for a person: what is wrong, and what to do. Empty if nothing wrong was found.
// Connects to `address`, a numeric one; blocks for up to `patience`.
std::string DiagnoseTls(const ChannelOptions& options, const std::string& address,
                        const TimeOfDay& time, absl::Duration patience);

}  // namespace godwit::agent
