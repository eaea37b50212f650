// Receives datagrams that other programs on this machine send.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "base/status.h"

namespace godwit {

// Receives datagrams for as long as it lives. Thread-safe. Destroying it waits for a datagram that
// is being handled, so the handler must not destroy it.
class DatagramReceiver {
 public:
  virtual ~DatagramReceiver() = default;
  // Returns the number of datagrams that the kernel dropped because they came faster than they were
  // read. Updated when the next one is read.
  virtual uint64_t dropped() const = 0;
};

// Handles a datagram. Called on a thread of the receiver, for one datagram at a time.
using TakeDatagram = std::function<void(std::string_view bytes)>;

// Opens a receiver. kUnavailable: the address is in use.
using OpenDatagrams = std::function<StatusOr<std::unique_ptr<DatagramReceiver>>(TakeDatagram take)>;

}  // namespace godwit
