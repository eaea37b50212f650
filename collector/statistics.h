// The collector's statistics of its own work, and its connected devices: written by ingest and
// writer, read to answer operators. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"

namespace godwit::collector {

struct CommitStatistics {
  uint64_t commits = 0;
  uint64_t records = 0;
  uint64_t samples = 0;
  uint64_t batch_bytes = 0;
  uint64_t duplicates = 0;
};

// The kinds of long calls of operators. Each kind has a limit of its own, so that none displaces
// another.
enum class LongCall { kList, kQuery, kTail, kLog };
inline constexpr size_t kLongCalls = 4;
// The name of a kind in messages and counters, and the most calls under way at a time.
struct LongCallLimit {
  const char* name;
  int most;
};
const LongCallLimit& LimitOf(LongCall kind);

class Statistics {
 public:
  // Counts one transaction.
  void NoteCommit(int64_t now_unix_ns, const CommitStatistics& commit, double seconds);
  // Counts a refused record, session or connection, by reason.
  void NoteRefusal(const std::string& reason, uint64_t count = 1);
  // Counts records that retention removed, by reason.
  void NoteRemoval(const std::string& reason, uint64_t records);
  // Sets whether the store is full: then nothing is stored.
  void SetStoreFull(bool full);

  // Starts a call. Returns false, and counts a refusal, if the limit is reached.
  bool Enter(LongCall kind);
  void Leave(LongCall kind);

  void NoteConnected(const std::string& device_id, int64_t now_unix_ns);
  void NoteGone(const std::string& device_id);
  // Returns when the device's oldest open connection was made.
  std::optional<int64_t> ConnectedSince(const std::string& device_id) const;

  struct Snapshot {
    CommitStatistics total;  // since the start
    double samples_per_second = 0;
    double commits_per_second = 0;
    double commit_seconds = 0;  // the median of the last ones
    std::map<std::string, uint64_t> refusals;
    std::map<std::string, uint64_t> removals;
    uint64_t connected = 0;
    std::array<int, kLongCalls> calls = {};  // under way
    int under_way(LongCall kind) const { return calls[static_cast<size_t>(kind)]; }
    bool store_full = false;
  };
  // Returns the statistics. Rates are those of the last minute, or of the time since
  // `started_unix_ns` if that is less.
  Snapshot Read(int64_t now_unix_ns, int64_t started_unix_ns) const;

 private:
  static constexpr int64_t kSlots = 60;
  static constexpr size_t kDurations = 128;
  struct Slot {
    int64_t second = 0;
    uint64_t samples = 0;
    uint64_t commits = 0;
  };
  struct Connection {
    int64_t since_unix_ns = 0;
    int streams = 0;
  };

  mutable Mutex mutex_;
  CommitStatistics total_ ABSL_GUARDED_BY(mutex_);
  std::array<Slot, kSlots> slots_ ABSL_GUARDED_BY(mutex_);
  std::vector<double> durations_ ABSL_GUARDED_BY(mutex_);  // a ring
  size_t next_duration_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, uint64_t> refusals_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> removals_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Connection> connected_ ABSL_GUARDED_BY(mutex_);
  std::array<int, kLongCalls> calls_ ABSL_GUARDED_BY(mutex_) = {};  // under way
  bool store_full_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace godwit::collector
