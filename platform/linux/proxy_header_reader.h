// Reads the headers of connections of trusted proxies (base/proxy_header.h). Nothing waits for a
// slow connection: each has its own time-out, and its bytes are read when poll reports them.
#pragma once

#include <poll.h>

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/ip_network.h"
#include "base/proxy_header.h"
#include "platform/linux/file_descriptor.h"

namespace godwit {

// Reads headers. Confined to its owner.
class ProxyHeaderReader {
 public:
  struct Options {
    std::string address;  // that the connections came to, for messages
    size_t most;          // connections; one more closes the one that has waited longest
    absl::Duration patience;
    // Called for each connection that is closed because its header is wrong or late.
    std::function<void()> refused;
  };
  struct Ready {
    FileDescriptor socket;
    IpAddress source;  // the proxy's own when the connection is
  };

  explicit ProxyHeaderReader(Options options) : options_(std::move(options)) {}

  void Put(FileDescriptor socket, IpAddress proxy);
  // Appends a poll entry for each connection.
  void AddTo(std::vector<pollfd>& polled) const;
  // Reads what has come, and closes connections whose header is wrong or late. `polled` are the
  // entries that AddTo appended; no connection may have been put since. Returns those with a whole
  // header.
  std::vector<Ready> Read(const pollfd* polled);
  // Returns the milliseconds until a connection is late; -1: none waits.
  int WaitMs() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    FileDescriptor socket;
    IpAddress proxy;
    Clock::time_point late;
    ProxyHeader header = {};
    bool started = false;
  };

  void ReadOne(Waiting& waiting);
  void Refuse(const Waiting& waiting, const std::string& why) const;

  const Options options_;
  std::deque<Waiting> waiting_;  // oldest first
};

}  // namespace godwit
