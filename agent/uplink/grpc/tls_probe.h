// Finds out why a TLS connection fails. gRPC reports every failure as one UNAVAILABLE: certificates
// that expired, that are not valid yet, of another authority; and a device certificate that is
// refused as a closed socket. So after such a failure the agent shakes hands once more by itself,
// sends nothing, and reads what OpenSSL has to say.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "agent/uplink/grpc/channel.h"

namespace godwit::agent {

// What this device knows of the time, which may itself be what is wrong.
struct TimeOfDay {
  absl::Time now;
  bool synchronised = false;
};

// The address that gRPC's message names, as "1.2.3.4:7443" or "[::1]:7443"; empty when it names
// none or the failure is not one of TLS.
std::string TlsSuspectAddress(const std::string& grpc_message);

// A sentence for a person: what is wrong, and what to do. Empty when nothing is found wrong.
// Connects to `address`, a numeric one; blocks for up to `patience`.
std::string DiagnoseTls(const ChannelOptions& options, const std::string& address,
                        const TimeOfDay& time, absl::Duration patience);

}  // namespace godwit::agent
