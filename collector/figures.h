// What the collector counts of its own work, and who is connected: filled by ingest and writer,
// read by whoever answers operators. Thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace godwit::collector {

struct CommitFigures {
  uint64_t commits = 0;
  uint64_t records = 0;
  uint64_t samples = 0;
  uint64_t batch_bytes = 0;
  uint64_t duplicates = 0;
};

class Figures {
 public:
  // One transaction.
  void NoteCommit(int64_t now_unix_ns, const CommitFigures& commit, double seconds);
  // A record, a session or a connection that was not taken, and why.
  void NoteRefusal(const std::string& reason, uint64_t count = 1);
  // While it is set, nothing is stored.
  void SetStoreFull(bool full);

  // Queries under way. False when there are as many as there may be.
  bool EnterQuery(int most);
  void LeaveQuery();

  void NoteConnected(const std::string& device_id, int64_t now_unix_ns);
  void NoteGone(const std::string& device_id);
  // When its oldest open connection was made.
  std::optional<int64_t> ConnectedSince(const std::string& device_id) const;

  struct Snapshot {
    CommitFigures total;  // since the start
    double samples_per_second = 0;
    double commits_per_second = 0;
    double commit_seconds = 0;  // the median of the last ones
    std::map<std::string, uint64_t> refusals;
    uint64_t connected = 0;
    int queries = 0;  // under way
    bool store_full = false;
  };
  // Rates are those of the last minute, or of the time since `started_unix_ns` if that is less.
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

  mutable std::mutex mutex_;  // guards all below
  CommitFigures total_;
  std::array<Slot, kSlots> slots_;
  std::vector<double> durations_;  // a ring
  size_t next_duration_ = 0;
  std::map<std::string, uint64_t> refusals_;
  std::map<std::string, Connection> connected_;
  int queries_ = 0;
  bool store_full_ = false;
};

}  // namespace godwit::collector
