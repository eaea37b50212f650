// How far a long call is, on one line of a terminal's standard error. Silent where that is none.
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace godwit::cli {

// Thread-compatible.
class Progress {
 public:
  Progress();
  // Takes its line away.
  ~Progress();

  // `part` of 1; draws at most ten times a second.
  void Show(double part, uint64_t samples);

 private:
  const bool shown_;
  absl::Time begin_;
  absl::Time drawn_ = absl::InfinitePast();
};

}  // namespace godwit::cli
