// Implements sd_notify(3) without its library: the protocol is a datagram, and the agent is one
// file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "platform/notify.h"

namespace godwit {

// Notifies systemd. Thread-safe.
class SystemdNotify final : public Notify {
 public:
  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID from this process' environment.
  SystemdNotify();

  bool listens() const override { return !address_.empty(); }
  std::optional<absl::Duration> patience() const override { return patience_; }
  void Ready() override;
  void Reloading() override;
  void Stopping() override;
  void Alive() override;
  void Status(std::string_view line) override;

 private:
  void Send(const std::string& message) const;

  std::string address_;  // a path, or after a NUL a name of Linux' abstract sockets; empty: none
  std::optional<absl::Duration> patience_;
};

}  // namespace godwit
