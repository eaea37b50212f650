#include "agent/uplink/grpc/connection_socket.h"

#include <fcntl.h>
#include <grpc/support/sync.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/version_info.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/mutex.h"

#if GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR == 51
#define GODWIT_KNOWS_SOCKET_MUTATORS 1

// gRPC's own (src/core/lib/iomgr/socket_mutator.h); its header for them is not installed.
struct grpc_mutate_socket_info;
struct grpc_socket_mutator_vtable {
  bool (*mutate_fd)(int fd, grpc_socket_mutator* mutator);
  int (*compare)(grpc_socket_mutator* a, grpc_socket_mutator* b);
  void (*destroy)(grpc_socket_mutator* mutator);
  bool (*mutate_fd_2)(const grpc_mutate_socket_info* info, grpc_socket_mutator* mutator);
};
struct grpc_socket_mutator {
  const grpc_socket_mutator_vtable* vtable;
  gpr_refcount refcount;
};
void grpc_socket_mutator_init(grpc_socket_mutator* mutator,
                              const grpc_socket_mutator_vtable* vtable);
#endif

namespace godwit::agent {
namespace {

// Of <netinet/tcp.h>, which does not go together with <linux/tcp.h>.
constexpr int kEstablished = 1;

}  // namespace

ConnectionSocket::~ConnectionSocket() {
  if (socket_ >= 0) close(socket_);
}

void ConnectionSocket::Follow(int socket) {
  const int copy = fcntl(socket, F_DUPFD_CLOEXEC, 0);
  const MutexLock lock(mutex_);
  if (socket_ >= 0) close(socket_);
  socket_ = copy;
}

std::optional<ConnectionCounters> ConnectionSocket::Counters() const {
  const MutexLock lock(mutex_);
  tcp_info info{};
  socklen_t size = sizeof info;
  int queued = 0;
  if (getsockopt(socket_, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
      size < offsetof(tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received ||
      info.tcpi_state != kEstablished || ioctl(socket_, SIOCOUTQ, &queued) != 0) {
    return std::nullopt;
  }
  return ConnectionCounters{.acked = info.tcpi_bytes_acked,
                            .queued = static_cast<uint64_t>(queued),
                            .received = info.tcpi_bytes_received,
                            .in_flight = info.tcpi_unacked > 0,
                            .heard_last = info.tcpi_last_data_recv < info.tcpi_last_data_sent,
                            .since_ack = absl::Milliseconds(info.tcpi_last_ack_recv)};
}

void ConnectionSocket::Abandon() {
  const MutexLock lock(mutex_);
  constexpr linger kAtOnce{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &kAtOnce, sizeof kAtOnce);
  shutdown(socket_, SHUT_RDWR);
}

#ifdef GODWIT_KNOWS_SOCKET_MUTATORS
namespace {

// gRPC calls it for each socket, when it has set its own options and before it connects.
struct Mutator {
  grpc_socket_mutator base;  // first: gRPC only sees this part
  // gRPC 1.51 never lets go of the arguments of a channel with TLS: what they owned would keep a
  // descriptor for each connection.
  std::weak_ptr<ConnectionSocket> socket;
};

Mutator* Whole(grpc_socket_mutator* base) {
  return reinterpret_cast<Mutator*>(base);
}

bool Mutate(int fd, grpc_socket_mutator* base) {
  const auto patience = static_cast<unsigned>(absl::ToInt64Milliseconds(kLinkPatience));
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof patience);
  if (const auto socket = Whole(base)->socket.lock()) socket->Follow(fd);
  return true;  // what could not be set is no reason not to connect
}

constexpr grpc_socket_mutator_vtable kMutator = {
    .mutate_fd = Mutate,
    .compare = [](grpc_socket_mutator* a, grpc_socket_mutator* b) { return a < b ? -1 : a > b; },
    .destroy = [](grpc_socket_mutator* base) { delete Whole(base); },
    .mutate_fd_2 = nullptr};

}  // namespace

void FollowConnections(std::shared_ptr<ConnectionSocket> socket,
                       grpc::ChannelArguments& arguments) {
  auto* const mutator = new Mutator{.base = {}, .socket = std::move(socket)};
  grpc_socket_mutator_init(&mutator->base, &kMutator);
  arguments.SetSocketMutator(&mutator->base);  // which owns it now
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, INT_MAX);
}
#else
void FollowConnections(std::shared_ptr<ConnectionSocket>, grpc::ChannelArguments&) {}
#endif

}  // namespace godwit::agent
