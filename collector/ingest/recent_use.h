// How much work each device has lately caused. What it has used fades: half of it is forgotten
// after kUseHalfLife.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "absl/time/time.h"
#include "platform/clock.h"

namespace godwit::collector {

// Ingest-confined.
class RecentUse {
 public:
  explicit RecentUse(const Clock& clock) : clock_(clock) {}

  void Add(const std::string& device, absl::Duration work);
  // The device with the lower rank has used less. All uses fade alike, so a rank stays as it is
  // until Add raises it. A device that is not remembered has the rank of kNewcomerUse, so that
  // many new names are no way past a device that uses little.
  double RankOf(const std::string& device);

  size_t remembered() const { return ranks_.size(); }

 private:
  double Now() const;
  double RankOfUse(absl::Duration use) const;
  // Those whose use has faded to nothing.
  void Forget();

  const Clock& clock_;
  // The binary logarithm of the use in seconds, plus the time in half-lives.
  std::unordered_map<std::string, double> ranks_;
  size_t forget_at_ = 1024;
};

}  // namespace godwit::collector
