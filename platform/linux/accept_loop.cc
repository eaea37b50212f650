#include "platform/linux/accept_loop.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "platform/linux/proxy_header_reader.h"
#include "platform/linux/source_queue.h"

namespace godwit {
namespace {

constexpr int kBacklog = 4096;
// How long to leave a queue alone after an error that is not one connection's own.
constexpr int kErrorPauseMs = 100;
constexpr int kAcceptedAtOnce = 256;
// How long to leave it alone while others have to give way: a flood is closed at 25,000 a second.
constexpr int kFloodPauseMs = 10;
// How long no connection must have been turned away before there count as descriptors again: at
// the limit, connections end and begin all the time.
constexpr auto kCalm = std::chrono::seconds(10);

class TokenBucket {
 public:
  TokenBucket(double per_second, double burst)
      : per_second_(per_second), burst_(burst), tokens_(burst) {}

  // How long until there is a token; 0: there is one.
  int WaitMs() {
    const auto now = std::chrono::steady_clock::now();
    const double passed = std::chrono::duration<double>(now - last_).count();
    last_ = now;
    tokens_ = std::min(burst_, tokens_ + passed * per_second_);
    return tokens_ < 1 ? 1 + static_cast<int>((1 - tokens_) / per_second_ * 1000) : 0;
  }
  void Take() { tokens_ -= 1; }

 private:
  const double per_second_;
  const double burst_;
  double tokens_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

rlim_t DescriptorLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

// The sooner of two times to wait; -1 is never.
int Sooner(int one_ms, int other_ms) {
  if (one_ms < 0 || other_ms < 0) return std::max(one_ms, other_ms);
  return std::min(one_ms, other_ms);
}

// Whether the peer has closed it, or broken it off.
bool HasGone(int socket) {
  char byte = 0;
  const ssize_t read = recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return read == 0 || (read < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

// How long ago its newest bytes came, or the connection itself when none have.
int SilentForMs(int socket) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size);
  return static_cast<int>(info.tcpi_last_data_recv);
}

int PortOf(const sockaddr_storage& address) {
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

Status Fail(const std::string& address, std::string_view what, int error) {
  return Error(StatusCode::kUnavailable, Cat(what, " ", address, ": ", std::strerror(error)));
}

// A listening socket on one of the host's addresses.
StatusOr<int> Listen(const addrinfo& at, int port, const std::string& name) {
  sockaddr_storage address{};
  std::memcpy(&address, at.ai_addr, at.ai_addrlen);
  if (at.ai_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6&>(address).sin6_port = htons(static_cast<uint16_t>(port));
  } else {
    reinterpret_cast<sockaddr_in&>(address).sin_port = htons(static_cast<uint16_t>(port));
  }
  const int socket = ::socket(at.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return Fail(name, "cannot open a socket for", errno);
  const int on = 1;
  const int off = 0;
  // A restart takes the port at once; another collector on it is refused all the same.
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (at.ai_family == AF_INET6) setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  if (bind(socket, reinterpret_cast<sockaddr*>(&address), at.ai_addrlen) != 0 ||
      listen(socket, kBacklog) != 0) {
    const int error = errno;
    close(socket);
    return Fail(name, "cannot listen on", error);
  }
  return socket;
}

struct FreeAddresses {
  void operator()(addrinfo* addresses) const { freeaddrinfo(addresses); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

// The addresses of this machine that the host of "host:port" stands for.
StatusOr<Addresses> Resolve(const std::string& address) {
  std::string host = address.substr(0, address.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error == 0) return Addresses(found);
  return Error(StatusCode::kInvalidArgument,
               Cat("cannot resolve ", address, ": ", gai_strerror(error)));
}

}  // namespace

Status CheckResolves(const std::string& address) {
  return Resolve(address).status();
}

struct AcceptLoop::State {
  explicit State(const AcceptOptions& accept_options)
      : options(accept_options),
        bucket(options.connections_per_second, options.burst),
        waiting(std::min<size_t>(options.waiting, DescriptorLimit() / 8)),
        headers({.address = options.address,
                 .most = std::min<size_t>(options.headers_awaited, DescriptorLimit() / 8),
                 .patience = options.header_patience,
                 .refused = [this] { options.refused("wrong PROXY header"); }}) {}
  ~State() {
    for (const int socket : sockets) close(socket);
    while (const auto socket = waiting.Take()) close(*socket);
    if (wake >= 0) close(wake);
    if (reserve >= 0) close(reserve);
  }

  const AcceptOptions options;
  TokenBucket bucket;
  SourceQueue waiting;
  ProxyHeaderReader headers;
  std::string address;
  std::vector<int> sockets;
  int wake = -1;
  int reserve = -1;  // released for a moment to shed what cannot be served
  bool shedding = false;
  std::chrono::steady_clock::time_point last_shed;
  OnConnection on_connection;
  std::thread thread;

  Status Bind();
  void Run();
  // All that the kernel has. How long to leave its queue alone.
  int AcceptAll(int listener);
  // Into its line, or in front of it while its header is awaited. False when one had to give way.
  bool Take(int socket, const IpAddress& peer);
  bool Queue(int socket, const IpAddress& source);
  // As many as there are tokens for. How long until the next one may go; -1: none waits.
  int HandOut();
  void Shed(int listener);
  void NoteShed();
  void NoteTaken();
  bool TooMany(int socket) const;
};

Status AcceptLoop::State::Bind() {
  const size_t colon = options.address.rfind(':');
  int port = std::atoi(options.address.substr(colon + 1).c_str());
  GODWIT_ASSIGN_OR_RETURN(const Addresses found, Resolve(options.address));
  Status status;
  for (const addrinfo* at = found.get(); at != nullptr && status.ok(); at = at->ai_next) {
    const auto socket = Listen(*at, port, options.address);
    status = socket.status();
    if (!socket.ok()) break;
    sockets.push_back(*socket);
    sockaddr_storage bound{};
    socklen_t size = sizeof(bound);
    getsockname(*socket, reinterpret_cast<sockaddr*>(&bound), &size);
    port = PortOf(bound);
  }
  GODWIT_RETURN_IF_ERROR(status);
  address = Cat(options.address.substr(0, colon), ":", port);
  wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (wake < 0 || reserve < 0) return Fail(options.address, "cannot prepare", errno);
  return absl::OkStatus();
}

void AcceptLoop::State::Run() {
  pthread_setname_np(pthread_self(), "accept");
  std::vector<pollfd> polled = {{wake, POLLIN, 0}};
  for (const int socket : sockets) polled.push_back({socket, POLLIN, 0});
  const size_t own = polled.size();
  int wait_ms = -1;
  while (true) {
    headers.AddTo(polled);
    poll(polled.data(), polled.size(), wait_ms);
    if (polled.front().revents != 0) return;
    for (auto& [socket, source] : headers.Read(polled.data() + own)) {
      Queue(socket.Release(), source);
    }
    polled.resize(own);
    int pause_ms = 0;
    for (const int socket : sockets) pause_ms = std::max(pause_ms, AcceptAll(socket));
    wait_ms = Sooner(HandOut(), headers.WaitMs());
    if (pause_ms > 0) poll(&polled.front(), 1, pause_ms);
    if (polled.front().revents != 0) return;
  }
}

bool AcceptLoop::State::Take(int socket, const IpAddress& peer) {
  const auto& proxies = options.trusted_proxies;
  const bool proxied = std::any_of(proxies.begin(), proxies.end(),
                                   [&](const IpNetwork& each) { return each.Contains(peer); });
  if (!proxied) return Queue(socket, peer);
  headers.Put(FileDescriptor(socket), peer);
  return true;
}

bool AcceptLoop::State::Queue(int socket, const IpAddress& source) {
  // Nobody gives way while there are tokens: where descriptors are few the line is short, and what
  // the kernel gathers while this thread waits for a processor is longer.
  if (waiting.full()) HandOut();
  const auto beyond = waiting.Put(SourceOf(source), socket);
  if (!beyond) return true;
  close(*beyond);
  options.refused("too many connections wait");
  return false;
}

bool AcceptLoop::State::TooMany(int socket) const {
  // The kernel gives the lowest number that is free.
  return static_cast<rlim_t>(socket) + static_cast<rlim_t>(options.reserved_descriptors) >
         DescriptorLimit();
}

int AcceptLoop::State::AcceptAll(int listener) {
  // A flood that comes as fast as it is accepted must not keep the others from their turn.
  int pause_ms = 0;
  for (int accepted = 0; accepted < kAcceptedAtOnce; ++accepted) {
    sockaddr_storage peer{};
    socklen_t size = sizeof(peer);
    const int socket =
        accept4(listener, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    const int error = errno;
    if (socket >= 0 && !TooMany(socket)) {
      NoteTaken();
      if (!Take(socket, AddressOf(peer))) pause_ms = std::max(pause_ms, kFloodPauseMs);
      continue;
    }
    if (socket >= 0) {
      close(socket);
      NoteShed();
      pause_ms = kErrorPauseMs;
      continue;
    }
    if (error == EMFILE || error == ENFILE) {
      NoteShed();
      Shed(listener);
      return kErrorPauseMs;
    }
    if (error == EAGAIN || error == EWOULDBLOCK) return pause_ms;
    if (error == ENOBUFS || error == ENOMEM) return kErrorPauseMs;
    // What is left is the one connection's own trouble (accept(2)): it is gone already.
  }
  return pause_ms;
}

int AcceptLoop::State::HandOut() {
  while (waiting.size() > 0) {
    if (const int wait_ms = bucket.WaitMs(); wait_ms > 0) return wait_ms;
    const int socket = *waiting.Take();
    const bool gone = HasGone(socket);
    if (gone || SilentForMs(socket) > options.patience_ms) {
      // Another one has its token.
      close(socket);
      if (!gone) options.refused("waited too long for its turn");
      continue;
    }
    bucket.Take();
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    on_connection(socket);
  }
  return -1;
}

// With no descriptor left not even a refusal can be given: one is kept for that.
void AcceptLoop::State::Shed(int listener) {
  if (reserve >= 0) close(std::exchange(reserve, -1));
  if (const int socket = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC); socket >= 0) {
    close(socket);
  }
  reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void AcceptLoop::State::NoteShed() {
  last_shed = std::chrono::steady_clock::now();
  options.refused("too many open files");
  if (std::exchange(shedding, true)) return;
  LogError(Cat(address, ": too many connections for the limit of open files (", DescriptorLimit(),
               "); new ones are refused until some have ended"));
}

void AcceptLoop::State::NoteTaken() {
  if (!shedding || std::chrono::steady_clock::now() - last_shed < kCalm) return;
  shedding = false;
  LogInfo(Cat(address, ": takes connections again"));
}

AcceptLoop::AcceptLoop(std::unique_ptr<State> state) : state_(std::move(state)) {}

AcceptLoop::~AcceptLoop() {
  Stop();
}

StatusOr<std::unique_ptr<AcceptLoop>> AcceptLoop::Open(const AcceptOptions& options) {
  auto state = std::make_unique<State>(options);
  GODWIT_RETURN_IF_ERROR(state->Bind());
  return std::unique_ptr<AcceptLoop>(new AcceptLoop(std::move(state)));
}

const std::string& AcceptLoop::address() const {
  return state_->address;
}

void AcceptLoop::Start(OnConnection on_connection) {
  state_->on_connection = std::move(on_connection);
  state_->thread = std::thread([state = state_.get()] { state->Run(); });
}

void AcceptLoop::Stop() {
  if (state_->thread.joinable()) {
    const uint64_t one = 1;
    // An eventfd takes an addition as long as it is small.
    if (write(state_->wake, &one, sizeof(one)) != sizeof(one))
      LogError("cannot end the accept loop");
    state_->thread.join();
  }
  for (const int socket : std::exchange(state_->sockets, {})) close(socket);
}

}  // namespace godwit
