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
  // Returns how long the manager waits from one Alive to the next before it kills and restarts this
  // process; none: it does not watch. Call Alive several times within this time.
  virtual std::optional<absl::Duration> patience() const = 0;

  // Notifies that the start, or a reload, is complete.
  virtual void Ready() = 0;
  // Notifies that a reload of the settings begins, or that the program stops in order to start
  // again in the same process. Ready ends it.
  virtual void Reloading() = 0;
  // Notifies that the process is about to end.
  virtual void Stopping() = 0;
  // Notifies that the process is alive (WATCHDOG=1).
  virtual void Alive() = 0;
  // Sends one line for people; `systemctl status` shows it.
  virtual void Status(std::string_view line) = 0;
};

}  // namespace godwit
