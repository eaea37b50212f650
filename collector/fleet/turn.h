// How long a query may work before the other queries of its thread have their turn.
#pragma once

#include <atomic>

#include "platform/clock.h"

namespace godwit::collector {

// Confined to the thread of its query. A query asks it inside every loop whose length depends on
// what is stored, and returns with its state kept once the turn is over.
class Turn {
 public:
  // Never over.
  static const Turn& Endless() {
    static const Turn endless;
    return endless;
  }

  // Over `length` from now, or as soon as `cancelled` is set. Both outlive the turn.
  Turn(const Clock& clock, absl::Duration length, const std::atomic<bool>& cancelled)
      : clock_(&clock), cancelled_(&cancelled), end_(clock.Boot() + length) {}

  // Once true, it stays true.
  bool over() const {
    if (!over_ && clock_ != nullptr) over_ = *cancelled_ || clock_->Boot() >= end_;
    return over_;
  }

 private:
  Turn() = default;

  const Clock* clock_ = nullptr;
  const std::atomic<bool>* cancelled_ = nullptr;
  absl::Duration end_;
  mutable bool over_ = false;
};

}  // namespace godwit::collector
