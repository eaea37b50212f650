#include "platform/linux/udp_receiver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/text.h"
#include "platform/linux/file_descriptor.h"

namespace godwit {
namespace {

// UDP has none that is longer: nothing is cut off, and no half a line is taken for a whole one.
constexpr size_t kDatagramBytesMax = 65'535;
// What waits in the kernel while the thread does not run; the kernel grants what it may.
constexpr int kReceiveBufferBytes = 1 << 20;

constexpr int kDatagramsPerPoll = 64;

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

StatusOr<Address> ParseLoopback(const std::string& text) {
  const auto bad = [&] {
    return Error(StatusCode::kInvalidArgument,
                 Cat("'", text, "' is not a loopback address with a port"));
  };
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return bad();
  uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + colon + 1, end, port);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return bad();
  std::string host = text.substr(0, colon);
  Address address;
  if (host == "localhost") host = "127.0.0.1";
  auto* four = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* six = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET, host.c_str(), &four->sin_addr) == 1) {
    constexpr uint32_t kLoopbackNet = 127;
    if (ntohl(four->sin_addr.s_addr) >> 24 != kLoopbackNet) return bad();
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    address.length = sizeof *four;
  } else if (host == "[::1]") {
    six->sin6_family = AF_INET6;
    six->sin6_addr = in6addr_loopback;
    six->sin6_port = htons(port);
    address.length = sizeof *six;
  } else {
    return bad();
  }
  return address;
}

class UdpReceiver final : public DatagramReceiver {
 public:
  UdpReceiver(FileDescriptor socket, FileDescriptor stop, TakeDatagram take)
      : socket_(std::move(socket)),
        stop_(std::move(stop)),
        take_(std::move(take)),
        thread_([this] { Run(); }) {
    pthread_setname_np(thread_.native_handle(), "statsd");
  }

  uint64_t dropped() const override { return dropped_; }

  ~UdpReceiver() override {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t wrote = write(stop_.get(), &one, sizeof one);
    thread_.join();
  }

 private:
  void Run() {
    std::vector<char> buffer(kDatagramBytesMax);
    while (true) {
      std::array<pollfd, 2> polled = {pollfd{socket_.get(), POLLIN, 0},
                                      pollfd{stop_.get(), POLLIN, 0}};
      if (poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) return;
      if (polled[1].revents != 0) return;
      for (int i = 0; i < kDatagramsPerPoll; ++i) {
        const ssize_t got = Receive(buffer);
        if (got < 0) break;
        if (got > 0) take_({buffer.data(), static_cast<size_t>(got)});
      }
    }
  }

  // With it the kernel says how many datagrams it has dropped before this one.
  ssize_t Receive(std::vector<char>& buffer) {
    iovec data = {.iov_base = buffer.data(), .iov_len = buffer.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(uint32_t))> control;
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t got = recvmsg(socket_.get(), &message, MSG_DONTWAIT);
    if (got < 0) return got;
    for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr;
         each = CMSG_NXTHDR(&message, each)) {
      if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SO_RXQ_OVFL) continue;
      uint32_t dropped = 0;
      std::memcpy(&dropped, CMSG_DATA(each), sizeof dropped);
      // The kernel's counter has 32 bits and goes round.
      dropped_ += static_cast<uint32_t>(dropped - static_cast<uint32_t>(dropped_));
    }
    return got;
  }

  FileDescriptor socket_;
  FileDescriptor stop_;
  TakeDatagram take_;
  std::atomic<uint64_t> dropped_ = 0;
  std::thread thread_;
};

}  // namespace

StatusOr<std::unique_ptr<DatagramReceiver>> ReceiveUdp(const std::string& address,
                                                       TakeDatagram take) {
  GODWIT_ASSIGN_OR_RETURN(const Address parsed, ParseLoopback(address));
  FileDescriptor socket(::socket(parsed.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return ErrnoError(errno, "socket");
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof kReceiveBufferBytes);
  const int on = 1;
  setsockopt(socket.get(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&parsed.storage), parsed.length) != 0) {
    return ErrnoError(errno, Cat("listen on ", address));
  }
  FileDescriptor stop(eventfd(0, EFD_CLOEXEC));
  if (!stop.valid()) return ErrnoError(errno, "eventfd");
  return std::make_unique<UdpReceiver>(std::move(socket), std::move(stop), std::move(take));
}

}  // namespace godwit
