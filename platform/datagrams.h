// Datagrams that other programs on this machine send.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "base/status.h"

namespace godwit {

// Receives while it lives. Thread-safe.
class DatagramReceiver {
 public:
  virtual ~DatagramReceiver() = default;
  // Datagrams so far that the kernel dropped because they came faster than they were taken. Known
  // when the next one is taken.
  virtual uint64_t dropped() const = 0;
};

// Called on a thread of the receiver's own with each datagram, one after another.
using TakeDatagram = std::function<void(std::string_view bytes)>;

// Opens a receiver; kUnavailable when the address is taken.
using OpenDatagrams = std::function<StatusOr<std::unique_ptr<DatagramReceiver>>(TakeDatagram take)>;

}  // namespace godwit
