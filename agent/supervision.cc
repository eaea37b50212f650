#include "agent/supervision.h"

#include <algorithm>
#include <utility>

#include "agent/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "base/units.h"

namespace godwit::agent {

Supervision::Supervision(Notify& notify, const Clock& clock, Executor& loop, Executor& storage,
                         std::function<std::string()> status)
    : notify_(notify),
      clock_(clock),
      loop_(loop),
      storage_(storage),
      status_(std::move(status)),
      // Three times within its patience: a late one is no death.
      period_(std::min(kStatusPeriod, notify.patience().value_or(absl::InfiniteDuration()) / 3)) {}

Supervision::~Supervision() {
  alive_.End();
}

void Supervision::Start() {
  if (!notify_.listens()) return;
  notify_.Ready();
  // By then there is a session, or a reason why not.
  timer_ = loop_.PostAfter(std::min(kFirstStatus, period_), [this] { Check(); });
}

void Supervision::Reloading() {
  notify_.Reloading();
}

void Supervision::Reloaded() {
  notify_.Ready();
}

void Supervision::Stop(bool restart) {
  // STOPPING would make systemd end the process that restarts.
  if (restart) return notify_.Reloading();
  notify_.Stopping();
}

void Supervision::Check() {
  notify_.Alive();
  std::string status = status_();
  if (StorageHangs()) {
    status += Cat("; storage has not answered for more than ", DurationText(kStorageSilenceMax));
  }
  if (status != sent_status_) notify_.Status(status);
  sent_status_ = std::move(status);
  if (!asked_at_) AskStorage();
  timer_ = loop_.PostWithin(period_ * 0.9, period_, [this] { Check(); });
}

// Once, however long the answer takes.
void Supervision::AskStorage() {
  asked_at_ = clock_.Boot();
  storage_.Post([this, alive = alive_.Refer(), &loop = loop_] {
    loop.PostLazily([this, alive] {
      if (alive) asked_at_.reset();
    });
  });
}

bool Supervision::StorageHangs() {
  const bool hangs = asked_at_ && clock_.Boot() - *asked_at_ > kStorageSilenceMax;
  if (hangs && !storage_hangs_) {
    LogError(Cat("storage has not answered for more than ", DurationText(kStorageSilenceMax),
                 "; sampling continues, and records wait in memory"));
  }
  if (!hangs && storage_hangs_) LogInfo("storage answers again");
  storage_hangs_ = hangs;
  return hangs;
}

}  // namespace godwit::agent
