#include "platform/linux/systemd_notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <system_error>

#include "base/text.h"
#include "platform/linux/file_descriptor.h"
#include "platform/linux/host.h"

namespace godwit {
namespace {

std::optional<uint64_t> NumberIn(const char* variable) {
  const auto text = EnvironmentVariable(variable);
  uint64_t number = 0;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return number;
}

// CLOCK_MONOTONIC, by which systemd dates the start of the reload.
int64_t MonotonicMicroseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

}  // namespace

SystemdNotify::SystemdNotify() {
  const auto address = EnvironmentVariable("NOTIFY_SOCKET");
  const bool is_one = address && (address->starts_with('/') || address->starts_with('@')) &&
                      address->size() < sizeof(sockaddr_un::sun_path);
  if (!is_one) return;
  address_ = *address;
  if (address_[0] == '@') address_[0] = '\0';
  // WATCHDOG_PID: a child inherits the variables, and is not the one that is watched.
  const auto watched = NumberIn("WATCHDOG_PID");
  if (watched && *watched != static_cast<uint64_t>(getpid())) return;
  const auto microseconds = NumberIn("WATCHDOG_USEC");
  if (microseconds && *microseconds > 0) patience_ = absl::Microseconds(*microseconds);
}

void SystemdNotify::Ready() {
  Send("READY=1");
}

void SystemdNotify::Reloading() {
  Send(Cat("RELOADING=1\nMONOTONIC_USEC=", MonotonicMicroseconds()));
}

void SystemdNotify::Stopping() {
  Send("STOPPING=1");
}

void SystemdNotify::Alive() {
  Send("WATCHDOG=1");
}

// A line break would begin another field.
void SystemdNotify::Status(std::string_view line) {
  Send(Cat("STATUS=", line.substr(0, line.find('\n'))));
}

// A socket a message: one is sent now and then, and nothing is kept open.
void SystemdNotify::Send(const std::string& message) const {
  if (address_.empty()) return;
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  // Nobody there, or no room: the next message comes.
  (void)::sendto(socket.get(), message.data(), message.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&to), length);
}

}  // namespace godwit
