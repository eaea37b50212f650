// Datagrams that other programs on this machine send.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/status.h"

namespace godwit {

// Receives while it lives.
class DatagramReceiver {
 public:
  virtual ~DatagramReceiver() = default;
};

// Called on a thread of the receiver's own with each datagram, one after another.
using TakeDatagram = std::function<void(std::string_view bytes)>;

// Opens a receiver; kUnavailable when the address is taken.
using OpenDatagrams = std::function<StatusOr<std::unique_ptr<DatagramReceiver>>(TakeDatagram take)>;

}  // namespace godwit
