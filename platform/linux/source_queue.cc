#include "platform/linux/source_queue.h"

#include <netinet/in.h>

#include <algorithm>

namespace godwit {

std::string SourceOf(const IpAddress& address) {
  constexpr size_t kSubscriberBytes = 8;
  return address.bytes.substr(0, kSubscriberBytes);
}

IpAddress AddressOf(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(address).sin_addr;
    return IpAddress::Of({reinterpret_cast<const char*>(&in), sizeof(in)});
  }
  if (address.ss_family != AF_INET6) return {};
  const auto& in6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  return IpAddress::Of({reinterpret_cast<const char*>(&in6), sizeof(in6)});
}

std::optional<int> SourceQueue::Put(const std::string& source, int socket) {
  std::deque<int>& line = lines_[source];
  if (line.empty()) turns_.push_back(source);
  line.push_back(socket);
  if (!full()) {
    ++size_;
    return std::nullopt;
  }
  const auto longest = std::max_element(lines_.begin(), lines_.end(), [](auto& one, auto& other) {
    return one.second.size() < other.second.size();
  });
  // Of lines that are as long, this one: who waits already stays.
  std::deque<int>& shortened = line.size() == longest->second.size() ? line : longest->second;
  const int gone = shortened.back();
  shortened.pop_back();
  if (line.empty()) {
    turns_.pop_back();
    lines_.erase(source);
  }
  return gone;
}

std::optional<int> SourceQueue::Take() {
  if (turns_.empty()) return std::nullopt;
  const auto at = lines_.find(turns_.front());
  const int socket = at->second.front();
  at->second.pop_front();
  --size_;
  if (at->second.empty()) {
    turns_.pop_front();
    lines_.erase(at);
  } else {
    turns_.splice(turns_.end(), turns_, turns_.begin());
  }
  return socket;
}

}  // namespace godwit
