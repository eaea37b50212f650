// Implements DatagramReceiver over UDP on this machine's loopback: nothing here listens to the
// network.
#pragma once

#include <memory>
#include <string>

#include "platform/datagrams.h"

namespace godwit {

// Opens a receiver on `address`: "127.0.0.1:8125", "[::1]:8125" or "localhost:8125" (IPv4).
// kInvalidArgument: it is not loopback with a port. kFailedPrecondition: it is in use. Calls `take`
// on a thread of the receiver, for one datagram at a time. The destructor waits for that thread.
[[nodiscard]] StatusOr<std::unique_ptr<DatagramReceiver>> ReceiveUdp(const std::string& address,
                                                                     TakeDatagram take);

}  // namespace godwit
