// Plain TCP for the tests of traps: many connections at once, and a proxy that can swallow
// everything without a word.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace godwit {

// Sockets that exist before they connect, so that connecting needs no descriptor of this process
// but for the other end.
class SocketCrowd {
 public:
  explicit SocketCrowd(int count);
  ~SocketCrowd();
  int highest() const { return sockets_.back(); }
  void ConnectAll(const std::string& address);

 private:
  std::vector<int> sockets_;
};

// A blocking socket that is connected to "127.0.0.1:port" from an address of this machine.
int ConnectFrom(const char* source, const std::string& address);

// Forwards both ways until the test makes it swallow; then takes everything and passes nothing on.
class BlackHoleProxy {
 public:
  explicit BlackHoleProxy(const std::string& target);
  ~BlackHoleProxy();
  const std::string& address() const { return address_; }
  void Swallow() { swallowing_ = true; }
  size_t connections() const { return connections_; }

 private:
  void Accept();
  void Forward(int from, int to);

  const std::string target_;
  std::string address_;
  int listener_ = -1;
  std::atomic<bool> swallowing_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<size_t> connections_ = 0;
  std::mutex mutex_;
  std::vector<int> sockets_;             // guarded by mutex_
  std::vector<std::thread> forwarding_;  // guarded by mutex_
  std::thread accepting_;
};

}  // namespace godwit
