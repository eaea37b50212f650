#include "tests/contract/tcp_tools.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "base/check.h"
#include "base/text.h"

namespace godwit {
namespace {

sockaddr_in Parse(const std::string& address) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  const size_t colon = address.rfind(':');
  out.sin_port = htons(static_cast<uint16_t>(std::atoi(address.substr(colon + 1).c_str())));
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &out.sin_addr);
  return out;
}

int Connect(int socket, const std::string& address) {
  const sockaddr_in at = Parse(address);
  return connect(socket, reinterpret_cast<const sockaddr*>(&at), sizeof(at));
}

}  // namespace

SocketCrowd::SocketCrowd(int count) {
  for (int i = 0; i < count; ++i) sockets_.push_back(socket(AF_INET, SOCK_STREAM, 0));
}

SocketCrowd::~SocketCrowd() {
  for (const int socket : sockets_) close(socket);
}

void SocketCrowd::ConnectAll(const std::string& address) {
  for (const int socket : sockets_) Connect(socket, address);
}

int ConnectFrom(const char* source, const std::string& address) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in from = Parse(Cat(source, ":0"));
  GODWIT_CHECK(bind(socket, reinterpret_cast<const sockaddr*>(&from), sizeof(from)) == 0);
  GODWIT_CHECK(Connect(socket, address) == 0);
  return socket;
}

BlackHoleProxy::BlackHoleProxy(const std::string& target) : target_(target) {
  listener_ = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at = Parse("127.0.0.1:0");
  GODWIT_CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof(at)) == 0);
  GODWIT_CHECK(listen(listener_, 16) == 0);
  socklen_t size = sizeof(at);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
  address_ = Cat("127.0.0.1:", ntohs(at.sin_port));
  accepting_ = std::thread([this] { Accept(); });
}

BlackHoleProxy::~BlackHoleProxy() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  close(listener_);
  for (const int socket : sockets_) shutdown(socket, SHUT_RDWR);
  for (std::thread& thread : forwarding_) thread.join();
  for (const int socket : sockets_) close(socket);
}

void BlackHoleProxy::Accept() {
  while (!stopping_) {
    const int client = accept(listener_, nullptr, nullptr);
    if (client < 0) return;
    const int server = socket(AF_INET, SOCK_STREAM, 0);
    if (Connect(server, target_) != 0) {
      close(client);
      close(server);
      continue;
    }
    ++connections_;
    const std::lock_guard lock(mutex_);
    sockets_.insert(sockets_.end(), {client, server});
    forwarding_.emplace_back([this, client, server] { Forward(client, server); });
    forwarding_.emplace_back([this, client, server] { Forward(server, client); });
  }
}

void BlackHoleProxy::Forward(int from, int to) {
  char buffer[16 << 10];
  while (true) {
    const ssize_t count = recv(from, buffer, sizeof(buffer), 0);
    if (count <= 0) break;
    if (!swallowing_) send(to, buffer, static_cast<size_t>(count), MSG_NOSIGNAL);
  }
  if (!swallowing_) shutdown(to, SHUT_WR);
}

}  // namespace godwit
