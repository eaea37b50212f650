// A device that does all as the protocol says, and of which everything is committed at once.
#pragma once

#include <string>

#include "base/units.h"
#include "tests/sim/collector_life.h"

namespace godwit::collector {

class GoodDevice {
 public:
  static constexpr char kId[] = "good";

  // Both end the process by a failed check when an answer is not as it must be.
  void OpenSession(CollectorLife& life);
  // One record of two samples, in a stream of its own.
  void Upload(CollectorLife& life);

  // The number of its records, all of them committed.
  Seq records() const { return seq_; }

 private:
  std::string token_;
  Seq seq_ = 0;
};

}  // namespace godwit::collector
