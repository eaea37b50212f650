// Computes the wait before the next connection attempt: uniform in [0, min(max, initial * 2^n)]
// after n failures. Full jitter spreads a fleet best after a common outage ("Exponential Backoff
// and Jitter", AWS Architecture Blog, 2015). Pure: the random bits are an argument.
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace godwit {

struct BackoffOptions {
  absl::Duration initial = absl::Seconds(1);
  absl::Duration max = absl::Minutes(5);
  friend bool operator==(const BackoffOptions&, const BackoffOptions&) = default;
};

// Thread-compatible.
class Backoff {
 public:
  explicit Backoff(const BackoffOptions& options) : options_(options) {}

  absl::Duration Next(uint64_t random_bits);
  void Reset() { failures_ = 0; }

 private:
  BackoffOptions options_;
  int failures_ = 0;
};

// Returns a duration that is uniform in [0, limit].
absl::Duration UniformDuration(uint64_t random_bits, absl::Duration limit);

}  // namespace godwit
