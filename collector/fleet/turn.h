// Limits how long a query may work before the other queries of its thread have their turn.
#pragma once

#include <atomic>

#include "platform/clock.h"

namespace godwit::collector {

// A turn. Confined to the thread of its query. A query checks it in every loop whose length depends
// on the stored data, and returns with its state kept once the turn is over.
class Turn {
 public:
  // Returns a turn that is never over.
  static const Turn& Endless() {
    static const Turn endless;
    return endless;
  }

  // The turn is over `length` from now, or as soon as `cancelled` is set. Both arguments outlive
  // it.
  Turn(const Clock& clock, absl::Duration length, const std::atomic<bool>& cancelled)
      : clock_(&clock), cancelled_(&cancelled), end_(clock.Boot() + length) {}

  // Returns whether the turn is over. Once true, it stays true.
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
