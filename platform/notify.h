// The service manager that started this process: systemd, by sd_notify(3). Without one, all
// notifications are dropped.
#pragma once

#include <optional>
#include <string_view>

#include "absl/time/time.h"

namespace godwit {

// Notifies the service manager. Loop-confined. Nothing blocks or fails: a manager that does not
// read misses notifications.
class Notify {
 public:
  virtual ~Notify() = default;

  // Returns whether there is a service manager.
  virtual bool listens() const = 0;
  // Returns how long the manager waits for Alive before it kills and restarts this process; none:
  // for ever.
  virtual std::optional<absl::Duration> patience() const = 0;

  // Notifies that the start, or a reload, is complete.
  virtual void Ready() = 0;
  // Notifies that, until Ready, settings are being reloaded or the program starts again in this
  // process.
  virtual void Reloading() = 0;
  virtual void Stopping() = 0;
  virtual void Alive() = 0;
  // Sends one line for people; `systemctl status` shows it.
  virtual void Status(std::string_view line) = 0;
};

}  // namespace godwit
