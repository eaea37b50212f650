#include "agent/supervision.h"

#include <algorithm>
#include <utility>

#include "agent/limits.h"

namespace godwit::agent {

Supervision::Supervision(Notify& notify, Executor& loop, Executor& storage,
                         std::function<std::string()> status)
    : notify_(notify),
      loop_(loop),
      storage_(storage),
      status_(std::move(status)),
      // Three times within its patience: a late one is no death.
      period_(std::min(kStatusPeriod, notify.patience().value_or(absl::InfiniteDuration()) / 3)) {}

Supervision::~Supervision() {
  *alive_ = false;
}

void Supervision::Start() {
  if (!notify_.listens()) return;
  notify_.Ready();
  // By then there is a session, or a reason why not.
  timer_ = loop_.PostAfter(std::min(kFirstStatus, period_), [this] { Look(); });
}

void Supervision::Reloading() {
  notify_.Reloading();
}

void Supervision::Reloaded() {
  notify_.Ready();
}

void Supervision::Stop(bool restart) {
  // STOPPING would have systemd end the process that begins anew.
  if (restart) return notify_.Reloading();
  notify_.Stopping();
}

// The next look is only after this one is answered: storage is asked once, however long it takes.
void Supervision::Look() {
  storage_.Post([this, alive = alive_, &loop = loop_] {
    loop.Post([this, alive] {
      if (*alive) Answered();
    });
  });
}

void Supervision::Answered() {
  notify_.Alive();
  std::string status = status_();
  if (status != told_) notify_.Status(status);
  told_ = std::move(status);
  timer_ = loop_.PostWithin(period_ * 0.9, period_, [this] { Look(); });
}

}  // namespace godwit::agent
