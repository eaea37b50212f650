#include "collector/ingest/postponement.h"

#include <algorithm>

#include "collector/limits.h"

namespace godwit::collector {

CallEnd EndOf(const Postponement& postponement) {
  return {Error(StatusCode::kUnavailable, TraitsOf(postponement.bound).reason),
          std::clamp(postponement.wait, absl::Seconds(1), kPostponedRetryMax)};
}

CallEnd EndOfStream(DeviceBound bound) {
  return {absl::OkStatus(), 2 * TraitsOf(bound).pause};
}

}  // namespace godwit::collector
