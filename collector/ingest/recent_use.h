// Measures how much work each device has lately caused. Use fades: half of it is forgotten after
// kUseHalfLife.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "absl/time/time.h"
#include "platform/clock.h"

namespace godwit::collector {

// The recent use of devices. Ingest-confined.
class RecentUse {
 public:
  explicit RecentUse(const Clock& clock) : clock_(clock) {}

  void Add(const std::string& device, absl::Duration work);
  // Returns a rank: the device with the lower one has used less. All uses fade alike, so a rank
  // stays the same until Add changes it. A device that is not remembered has the rank of
  // kNewcomerUse until its first work is known, so that many new names are no way past a device
  // that uses little; a rank falls then, and never again.
  double RankOf(const std::string& device);

  size_t remembered() const { return entries_.size(); }

 private:
  double Now() const;
  struct Entry {
    double rank = 0;  // the binary logarithm of the use in seconds, plus the time in half-lives
    bool is_new = false;
  };
  // Forgets the devices whose use has faded to nothing.
  void Forget();

  const Clock& clock_;
  std::unordered_map<std::string, Entry> entries_;
  size_t forget_at_ = 1024;
};

}  // namespace godwit::collector
