// Connections of trusted proxies, until each has said in its header whose it is
// (base/proxy_header.h). Nothing waits for a slow one: each has its own time, and what it has sent
// is read when poll says so.
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

// Confined to its owner.
class ProxyHeaderReader {
 public:
  struct Options {
    std::string address;  // that the connections came to, for messages
    size_t most;          // connections; one more closes the one that has waited longest
    absl::Duration patience;
    // Called for each that is closed because of its header: it is wrong, or late.
    std::function<void()> refused;
  };
  struct Ready {
    FileDescriptor socket;
    IpAddress source;  // the proxy's own when the connection is
  };

  explicit ProxyHeaderReader(Options options) : options_(std::move(options)) {}

  void Put(FileDescriptor socket, IpAddress proxy);
  // Appends an entry for each connection.
  void AddTo(std::vector<pollfd>& polled) const;
  // Reads what has come, and closes what is wrong or late. `polled` are the entries that AddTo
  // appended, and no connection was put since. Returns those that are whole.
  std::vector<Ready> Read(const pollfd* polled);
  // How long until one is late; -1: none waits.
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
