#include "platform/linux/proxy_header_reader.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/log_subject.h"
#include "base/text.h"
#include "base/units.h"

namespace godwit {

void ProxyHeaderReader::Put(FileDescriptor socket, IpAddress proxy) {
  if (waiting_.size() == options_.most) {
    Refuse(waiting_.front(),
           Cat("more than ", options_.most, " connections wait for their PROXY header"));
    waiting_.pop_front();
  }
  waiting_.push_back({.socket = std::move(socket),
                      .proxy = std::move(proxy),
                      .late = Clock::now() + absl::ToChronoMilliseconds(options_.patience)});
}

void ProxyHeaderReader::AddTo(std::vector<pollfd>& polled) const {
  for (const Waiting& each : waiting_) polled.push_back({each.socket.get(), POLLIN, 0});
}

std::vector<ProxyHeaderReader::Ready> ProxyHeaderReader::Read(const pollfd* polled) {
  const Clock::time_point now = Clock::now();
  std::vector<Ready> ready;
  for (Waiting& each : waiting_) {
    if ((polled++)->revents != 0) ReadOne(each);
    if (!each.socket.valid()) continue;
    if (each.header.Wanted() == 0) {
      ready.push_back({std::move(each.socket), each.header.source().value_or(each.proxy)});
    } else if (each.late <= now) {
      Refuse(each, Cat("no PROXY header within ", DurationText(options_.patience)));
      each.socket = FileDescriptor(-1);
    }
  }
  std::erase_if(waiting_, [](const Waiting& each) { return !each.socket.valid(); });
  return ready;
}

// One that is wrong, or over, loses its socket.
void ProxyHeaderReader::ReadOne(Waiting& waiting) {
  std::array<char, kProxyHeaderBytesMax> bytes;
  while (waiting.header.Wanted() > 0) {
    const size_t wanted = std::min(waiting.header.Wanted(), bytes.size());
    const ssize_t got = recv(waiting.socket.get(), bytes.data(), wanted, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
    if (got <= 0) {
      // A check that only connects says nothing: nobody has to know.
      if (waiting.started) Refuse(waiting, "it ended in the middle of its PROXY header");
      waiting.socket = FileDescriptor(-1);
      return;
    }
    waiting.started = true;
    const Status status = waiting.header.Take({bytes.data(), static_cast<size_t>(got)});
    if (status.ok()) continue;
    Refuse(waiting, Message(status));
    waiting.socket = FileDescriptor(-1);
    return;
  }
}

void ProxyHeaderReader::Refuse(const Waiting& waiting, const std::string& why) const {
  const std::string proxy = TextOf(waiting.proxy);
  LogWarning(Cat(options_.address, ": closed a connection of the proxy ", proxy, ": ", why),
             LogSubject{proxy});
  options_.refused();
}

int ProxyHeaderReader::WaitMs() const {
  if (waiting_.empty()) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(waiting_.front().late - Clock::now());
  return static_cast<int>(std::max<int64_t>(left.count(), 0));
}

}  // namespace godwit
