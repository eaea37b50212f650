// Connections that wait to be served, fair by where they come from: each source has a line of its
// own, and the lines take turns. However many one source sends, another one waits for one of them.
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

// What counts as one source: an IPv4 address, or the first 64 bits of an IPv6 address, which one
// subscriber has whole.
std::string SourceOf(const IpAddress& address);
IpAddress AddressOf(const sockaddr_storage& address);

// Owns no socket. Confined to its owner.
class SourceQueue {
 public:
  explicit SourceQueue(size_t most) : most_(most) {}

  // To the end of its source's line. Beyond `most` the newest of the longest line gives way, this
  // one before others; it is returned, and no longer here.
  std::optional<int> Put(const std::string& source, int socket);
  // The first of the line whose turn it is.
  std::optional<int> Take();
  size_t size() const { return size_; }
  // The next Put returns one.
  bool full() const { return size_ >= most_; }

 private:
  using Lines = std::map<std::string, std::deque<int>>;

  const size_t most_;
  Lines lines_;                   // none is empty
  std::list<std::string> turns_;  // of the lines
  size_t size_ = 0;
};

}  // namespace godwit
