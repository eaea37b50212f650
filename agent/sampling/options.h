// The options of sampling.
#pragma once

#include "absl/time/time.h"
#include "agent/limits.h"
#include "base/names.h"

namespace godwit::agent {

struct BatchOptions {
  absl::Duration period = absl::Seconds(60);
  // The point of the period at which a batch is sealed: a hash of the device spreads a fleet over
  // it.
  absl::Duration phase = absl::ZeroDuration();
  BootId boot_id;
  size_t max_series = kDeviceSeriesMax;
};

}  // namespace godwit::agent
