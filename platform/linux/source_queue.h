// Queues connections that wait to be served, fairly by source: each source has a queue of its own,
// and the queues take turns. However many connections one source sends, another source waits for
// one of them.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <string>

#include "base/ip_network.h"

namespace godwit {

// Returns the source of an address: an IPv4 address, or the first 64 bits of an IPv6 address, which
// belong to one subscriber.
std::string SourceOf(const IpAddress& address);
IpAddress AddressOf(const sockaddr_storage& address);

// The queue. Owns no socket. Confined to its owner.
class SourceQueue {
 public:
  explicit SourceQueue(size_t most) : most_(most) {}

  // Adds a connection to its source's queue. Beyond `most` the newest one of the longest queue is
  // removed and returned; of equally long ones, that of this connection.
  std::optional<int> Put(const std::string& source, int socket);
  // Removes and returns the first connection of the queue whose turn it is.
  std::optional<int> Take();
  size_t size() const { return size_; }
  // Returns whether the next Put would remove a connection.
  bool full() const { return size_ >= most_; }

 private:
  using Lines = std::map<std::string, std::deque<int>>;

  const size_t most_;
  Lines lines_;                   // none is empty
  std::list<std::string> turns_;  // of the lines
  size_t size_ = 0;
};

}  // namespace godwit
