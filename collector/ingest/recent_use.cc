#include "collector/ingest/recent_use.h"

#include <algorithm>
#include <cmath>

#include "collector/ingest/ingest_limits.h"

namespace godwit::collector {
namespace {

constexpr double kNothing = -30;  // a nanosecond, as a binary logarithm of seconds

}  // namespace

double RecentUse::Now() const {
  return absl::FDivDuration(clock_.Boot(), kUseHalfLife);
}

double RecentUse::RankOfUse(absl::Duration use) const {
  return std::log2(absl::ToDoubleSeconds(use)) + Now();
}

double RecentUse::RankOf(const std::string& device) {
  const auto [at, is_new] = ranks_.try_emplace(device, RankOfUse(kNewcomerUse));
  const double rank = at->second;
  if (is_new && ranks_.size() >= forget_at_) Forget();
  return rank;
}

void RecentUse::Add(const std::string& device, absl::Duration work) {
  const double now = Now();
  const double use = std::exp2(RankOf(device) - now) + absl::ToDoubleSeconds(work);
  double& rank = ranks_[device];
  // Never below: what waits in order of its rank relies on it.
  rank = std::max(rank, std::log2(use) + now);
}

void RecentUse::Forget() {
  const double now = Now();
  std::erase_if(ranks_, [now](const auto& entry) { return entry.second - now < kNothing; });
  forget_at_ = std::max<size_t>(1024, 2 * ranks_.size());
}

}  // namespace godwit::collector
