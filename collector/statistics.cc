#include "collector/statistics.h"

#include <algorithm>

#include "base/mutex.h"
#include "collector/limits.h"

namespace godwit::collector {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;

}  // namespace

void Statistics::NoteCommit(int64_t now_unix_ns, const CommitStatistics& commit, double seconds) {
  const MutexLock lock(mutex_);
  total_.commits += commit.commits;
  total_.records += commit.records;
  total_.samples += commit.samples;
  total_.batch_bytes += commit.batch_bytes;
  total_.duplicates += commit.duplicates;
  const int64_t second = now_unix_ns / kSecondNs;
  Slot& slot = slots_[static_cast<size_t>(std::max<int64_t>(second, 0) % kSlots)];
  if (slot.second != second) slot = {.second = second};
  slot.samples += commit.samples;
  slot.commits += commit.commits;
  if (durations_.size() < kDurations) durations_.resize(durations_.size() + 1);
  durations_[next_duration_] = seconds;
  next_duration_ = (next_duration_ + 1) % kDurations;
}

void Statistics::NoteRefusal(const std::string& reason, uint64_t count) {
  if (count == 0) return;
  const MutexLock lock(mutex_);
  refusals_[reason] += count;
}

void Statistics::NoteRemoval(const std::string& reason, uint64_t records) {
  if (records == 0) return;
  const MutexLock lock(mutex_);
  removals_[reason] += records;
}

void Statistics::SetStoreFull(bool full) {
  const MutexLock lock(mutex_);
  store_full_ = full;
}

const LongCallLimit& LimitOf(LongCall kind) {
  static constexpr LongCallLimit kLimits[kLongCalls] = {{"lists", kListsMax},
                                                        {"queries", kQueriesMax},
                                                        {"tails", kTailsMax},
                                                        {"logs", kLogFollowersMax}};
  return kLimits[static_cast<size_t>(kind)];
}

bool Statistics::Enter(LongCall kind) {
  const MutexLock lock(mutex_);
  const LongCallLimit& limit = LimitOf(kind);
  int& calls = calls_[static_cast<size_t>(kind)];
  if (calls >= limit.most) {
    ++refusals_[std::string("too many ") + limit.name];
    return false;
  }
  ++calls;
  return true;
}

void Statistics::Leave(LongCall kind) {
  const MutexLock lock(mutex_);
  --calls_[static_cast<size_t>(kind)];
}

void Statistics::NoteConnected(const std::string& device_id, int64_t now_unix_ns) {
  const MutexLock lock(mutex_);
  Connection& connection = connected_[device_id];
  if (connection.streams++ == 0) connection.since_unix_ns = now_unix_ns;
}

void Statistics::NoteGone(const std::string& device_id) {
  const MutexLock lock(mutex_);
  const auto found = connected_.find(device_id);
  if (found != connected_.end() && --found->second.streams == 0) connected_.erase(found);
}

std::optional<int64_t> Statistics::ConnectedSince(const std::string& device_id) const {
  const MutexLock lock(mutex_);
  const auto found = connected_.find(device_id);
  if (found == connected_.end()) return std::nullopt;
  return found->second.since_unix_ns;
}

Statistics::Snapshot Statistics::Read(int64_t now_unix_ns, int64_t started_unix_ns) const {
  const MutexLock lock(mutex_);
  Snapshot snapshot{.total = total_,
                    .refusals = refusals_,
                    .removals = removals_,
                    .connected = connected_.size(),
                    .calls = calls_,
                    .store_full = store_full_};
  const int64_t now = now_unix_ns / kSecondNs;
  uint64_t samples = 0;
  uint64_t commits = 0;
  for (const Slot& slot : slots_) {
    if (slot.second <= now - kSlots || slot.second > now) continue;
    samples += slot.samples;
    commits += slot.commits;
  }
  const auto seconds =
      static_cast<double>(std::clamp<int64_t>(now - started_unix_ns / kSecondNs, 1, kSlots));
  snapshot.samples_per_second = static_cast<double>(samples) / seconds;
  snapshot.commits_per_second = static_cast<double>(commits) / seconds;
  if (!durations_.empty()) {
    std::vector<double> sorted = durations_;
    const auto middle = sorted.begin() + static_cast<ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    snapshot.commit_seconds = *middle;
  }
  return snapshot;
}

}  // namespace godwit::collector
