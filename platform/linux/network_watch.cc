#include "platform/linux/network_watch.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace godwit {
namespace {

void Note(const nlmsghdr& message, NetworkChange& change) {
  switch (message.nlmsg_type) {
    case RTM_DELADDR: {
      const auto* const address = reinterpret_cast<const ifaddrmsg*>(
          reinterpret_cast<const char*>(&message) + NLMSG_HDRLEN);
      change.any = true;
      change.address_gone |= address->ifa_scope < RT_SCOPE_LINK;
      break;
    }
    case RTM_NEWLINK:
    case RTM_NEWADDR:
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      change.any = true;
      break;
    default:
      break;
  }
}

}  // namespace

StatusOr<std::unique_ptr<NetworkWatch>> NetworkWatch::Open() {
  const int socket = ::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups =
      RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  if (socket < 0 || bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    const Status status =
        Error(StatusCode::kUnavailable, Cat("cannot watch the network: ", std::strerror(errno)));
    if (socket >= 0) close(socket);
    return status;
  }
  return std::unique_ptr<NetworkWatch>(new NetworkWatch(socket));
}

NetworkWatch::~NetworkWatch() {
  close(socket_);
}

NetworkChange NetworkWatch::Take() {
  NetworkChange change;
  alignas(nlmsghdr) char buffer[16 << 10];
  while (true) {
    const ssize_t received = recv(socket_, buffer, sizeof(buffer), 0);
    if (received < 0 && errno == ENOBUFS) {
      change.any = true;  // more happened than the kernel kept for us
      continue;
    }
    if (received <= 0) return change;
    auto left = static_cast<unsigned>(received);
    for (auto* message = reinterpret_cast<nlmsghdr*>(buffer); NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      Note(*message, change);
    }
  }
}

}  // namespace godwit
