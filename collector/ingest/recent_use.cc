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

double RecentUse::RankOf(const std::string& device) {
  const auto found = entries_.find(device);
  if (found != entries_.end()) return found->second.rank;
  if (entries_.size() >= forget_at_) Forget();
  const double rank = std::log2(absl::ToDoubleSeconds(kNewcomerUse)) + Now();
  entries_.emplace(device, Entry{.rank = rank, .is_new = true});
  return rank;
}

void RecentUse::Add(const std::string& device, absl::Duration work) {
  const double now = Now();
  RankOf(device);
  Entry& entry = entries_.at(device);
  const double before = entry.is_new ? 0 : std::exp2(entry.rank - now);
  const double rank = std::log2(before + absl::ToDoubleSeconds(work)) + now;
  entry = {.rank = entry.is_new ? rank : std::max(entry.rank, rank)};
}

void RecentUse::Forget() {
  const double now = Now();
  std::erase_if(entries_, [now](const auto& entry) { return entry.second.rank - now < kNothing; });
  forget_at_ = std::max<size_t>(1024, 2 * entries_.size());
}

}  // namespace godwit::collector
