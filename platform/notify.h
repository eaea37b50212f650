// Whoever started this process and looks after it: systemd, by sd_notify(3). Where there is none,
// nothing that is told goes anywhere.
#pragma once

#include <optional>
#include <string_view>

#include "absl/time/time.h"

namespace godwit {

// Loop-confined. Nothing blocks, and nothing fails: one that does not listen misses it.
class Notify {
 public:
  virtual ~Notify() = default;

  // Whether anybody listens.
  virtual bool listens() const = 0;
  // How long it waits for Alive before it ends this process and starts another; none: for ever.
  virtual std::optional<absl::Duration> patience() const = 0;

  // The start is over, or a reload is.
  virtual void Ready() = 0;
  // From now until Ready, settings are taken up anew, or the program begins anew in this process.
  virtual void Reloading() = 0;
  virtual void Stopping() = 0;
  virtual void Alive() = 0;
  // For people, one line: `systemctl status` shows it.
  virtual void Status(std::string_view line) = 0;
};

}  // namespace godwit
