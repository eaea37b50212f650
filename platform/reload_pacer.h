// Turns requests to reload the settings into reloads: at once, but at most one in kReloadsApart. A
// storm of SIGHUPs neither fills the log nor keeps the loop from its work, and the last request is
// always served.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "platform/executor.h"

namespace godwit {

// Limits the rate of reloads. Loop-confined.
class ReloadPacer {
 public:
  static constexpr absl::Duration kReloadsApart = absl::Seconds(1);

  // `loop` outlives it.
  ReloadPacer(Executor& loop, std::function<void()> reload)
      : loop_(loop), reload_(std::move(reload)) {}

  void Request() {
    wanted_ = true;
    if (pause_ == nullptr) Reload();
  }

 private:
  void Reload() {
    wanted_ = false;
    pause_ = loop_.PostAfter(kReloadsApart, [this] {
      const auto over = std::move(pause_);
      if (wanted_) Reload();
    });
    reload_();
  }

  Executor& loop_;
  const std::function<void()> reload_;
  bool wanted_ = false;           // since the last reload
  std::unique_ptr<Timer> pause_;  // no reload before it ends
};

}  // namespace godwit
