// Implements DatagramReceiver over UDP on this machine's loopback: nothing here listens to the
// network.
#pragma once

#include <memory>
#include <string>

#include "platform/datagrams.h"

namespace godwit {

// Opens a receiver on `address`: "127.0.0.1:8125" or "[::1]:8125". kInvalidArgument: it is not
// loopback.
[[nodiscard]] StatusOr<std::unique_ptr<DatagramReceiver>> ReceiveUdp(const std::string& address,
                                                                     TakeDatagram take);

}  // namespace godwit
