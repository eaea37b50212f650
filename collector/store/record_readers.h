// What is stored of devices, and the ports by which it is read.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collector/store/label.h"
#include "collector/store/record_store.h"

namespace godwit::collector {

// Something about a device that a person must look at.
struct AlertRow {
  std::string kind;    // conflict, cloned, identity shared, rejected, or a BoundTraits::name
  std::string detail;  // the newest
  int64_t first_unix_ns = 0;
  int64_t last_unix_ns = 0;
  uint64_t count = 0;
  // How many of them an operator has acknowledged, who last did, when and why.
  uint64_t acknowledged = 0;
  int64_t acknowledged_unix_ns = 0;
  std::string acknowledged_by;
  std::string acknowledged_why;
  // One more since then opens it again.
  bool IsOpen() const { return count > acknowledged; }
};

// Raised by a reader, not stored, so that nobody can acknowledge it: something of the device cannot
// be read.
inline constexpr char kUnreadableAlert[] = "unreadable";

struct DeviceName {
  int64_t key = 0;  // the store's own
  std::string id;
  std::string name;
};

// What a device is found and selected by.
struct DeviceIdentity {
  DeviceName name;
  std::map<std::string, std::string> labels;           // its own
  std::map<std::string, std::string> operator_labels;  // those that operators gave it
};

struct DeviceRow {
  int64_t key = 0;  // the store's own
  DeviceFacts facts;
  int64_t last_seen_unix_ns = 0;
  uint64_t runs = 0;
  uint64_t records = 0;
  uint64_t samples = 0;
  uint64_t duplicates = 0;
  std::map<std::string, uint64_t> gap_records;  // by reason
  uint64_t unclean_runs = 0;                    // runs that were cut off
  std::vector<AlertRow> alerts;                 // by kind
  int64_t newest_unix_ns = 0;                   // of its samples that are stored; 0: none is
  std::optional<DeviceReport> report;
  int64_t reported_unix_ns = 0;
};

// Where a reader stands in a device's records: ordered by run, then seq. Copies of one card have
// runs of equal order; those come one after the other.
struct RecordCursor {
  uint64_t run_order = 0;
  int64_t run_key = 0;  // the store's own
  Seq seq = 0;
  friend auto operator<=>(const RecordCursor&, const RecordCursor&) = default;
};

// Where a reader stands in a device's records by their first ticks.
struct TimeCursor {
  int64_t first_unix_ns = std::numeric_limits<int64_t>::min();
  int64_t key = 0;  // the store's own
};

// Columns of one table of a merged record.
struct StoredSlice {
  int64_t key = 0;  // the store's own
  TableId table;
  uint32_t first_column = 0;
  uint32_t columns = 0;
};

// A record as it came, or consecutive ones of a run merged into one. Then the batch is empty, and
// the slices have the values: each is a batch of one block with those columns only.
struct StoredRecord {
  RecordCursor cursor;  // its seq is the last
  Seq first_seq = 0;
  TimeCursor place;
  int64_t last_unix_ns = 0;
  int64_t shift_ns = 0;  // what puts its times right: to be added to each
  std::string batch;
  std::vector<StoredSlice> slices;  // by table, ascending columns
};

// A record as it came, by its place in the commits of the store.
struct CommittedRecord {
  // Counts up from 1, over all devices, and is never given again: unlike the store's own keys,
  // which are used again when retention has removed their records. A merged record has none, nor
  // has one that was stored before version 8 of the store.
  uint64_t commit_number = 0;
  StoredRecord record;
};

// How well the times of a batch are known.
enum class TimeQuality {
  kExact,      // its wall clock was synchronised, or became so during the same boot
  kEstimated,  // by the collector's clock, or the device's own where the two agree
  kUnknown     // nobody who knows the time has met that boot
};

// A record, or a merged one, without its bytes.
struct StoredSpans {
  RecordCursor cursor;  // its seq is the last
  Seq first_seq = 0;
  BatchClock clock;
  int64_t shift_ns = 0;
  TimeQuality quality = TimeQuality::kUnknown;
  std::vector<BlockSpan> blocks;
};

// The store as a whole.
struct StoreStatistics {
  uint64_t devices = 0;
  uint64_t samples = 0;        // ever committed
  uint64_t bytes = 0;          // of its file
  uint64_t free_bytes = 0;     // of them: used again before the file grows
  int64_t oldest_unix_ns = 0;  // 0: it is empty
  uint64_t merge_waiting = 0;  // records that are due or will be
};

struct RunRow {
  RunId id = 0;
  int64_t key = 0;
  RunId follows = 0;  // 0: none
  bool unclean_end = false;
  std::vector<ExplainedGap> gaps;  // ascending
};

// Of a run's records that are stored now.
struct RunExtent {
  int64_t first_unix_ns = 0;
  int64_t last_unix_ns = 0;
  uint64_t records = 0;
};

// The newest record that has a block of a table: the last of the run that has the newest samples.
struct Head {
  TableId table;
  RecordCursor cursor;
  std::string batch;
  int64_t shift_ns = 0;
};

struct TimeRange {
  int64_t since_unix_ns = 0;  // 0: open
  int64_t until_unix_ns = 0;  // not included; 0: open
  // The first and the last instant of it.
  int64_t since() const {
    return since_unix_ns == 0 ? std::numeric_limits<int64_t>::min() : since_unix_ns;
  }
  int64_t until() const {
    return until_unix_ns == 0 ? std::numeric_limits<int64_t>::max() : until_unix_ns - 1;
  }
  bool Contains(int64_t time_unix_ns) const {
    return time_unix_ns >= since() && time_unix_ns <= until();
  }
};

// Query-confined. Each call is a snapshot of its own and short: a long reader would make the
// write-ahead log grow without bound, so exports page by cursor.
class DeviceReader {
 public:
  virtual ~DeviceReader() = default;

  // By name, then id.
  [[nodiscard]] virtual StatusOr<std::vector<DeviceName>> DeviceNames() = 0;
  // By its id; kNotFound.
  [[nodiscard]] virtual StatusOr<DeviceIdentity> Identity(const std::string& device_id) = 0;
  // kNotFound.
  [[nodiscard]] virtual StatusOr<DeviceRow> Device(int64_t device) = 0;
  // All of them, as DeviceNames orders them.
  [[nodiscard]] StatusOr<std::vector<DeviceRow>> Devices();
  // Ticks that are missing between the first and the last of each group in that range, by the wall
  // clock: what GapQuery tells the reasons of.
  [[nodiscard]] virtual StatusOr<uint64_t> MissingTicks(int64_t device, TimeRange times) = 0;
  // In the order of their records.
  [[nodiscard]] virtual StatusOr<std::vector<RunRow>> Runs(int64_t device) = 0;
  [[nodiscard]] virtual StatusOr<RunExtent> Extent(int64_t run) = 0;
  [[nodiscard]] virtual StatusOr<StoreStatistics> Statistics() = 0;
};

// Likewise. Who pages through a device's records holds them (store/read_holds.h), or merging would
// move them from under the cursor. Confined to the thread of its connection.
class RecordReader {
 public:
  virtual ~RecordReader() = default;

  // The first record behind `after` whose ticks overlap `times`.
  [[nodiscard]] virtual StatusOr<std::optional<StoredRecord>> Next(int64_t device,
                                                                   RecordCursor after,
                                                                   TimeRange times) = 0;
  // The same by first tick.
  [[nodiscard]] virtual StatusOr<std::optional<StoredRecord>> NextByTime(int64_t device,
                                                                         TimeCursor after,
                                                                         TimeRange times) = 0;
  // The device's record of the lowest commit number above `after` that is still as it came: merged
  // records are passed over. Costs as much as there are numbers between the two, of all devices:
  // who finds none goes on behind what LastCommitted said before.
  [[nodiscard]] virtual StatusOr<std::optional<CommittedRecord>> NextCommitted(int64_t device,
                                                                               uint64_t after) = 0;
  // The highest commit number that there ever was, whether its record is still there or not; 0:
  // none.
  [[nodiscard]] virtual StatusOr<uint64_t> LastCommitted() = 0;
  // A batch of one block; kNotFound when retention has taken its record.
  [[nodiscard]] virtual StatusOr<std::string> Slice(int64_t key) = 0;
  // At most `limit` records behind `after`.
  [[nodiscard]] virtual StatusOr<std::vector<StoredSpans>> Spans(int64_t device, RecordCursor after,
                                                                 size_t limit) = 0;
};

// Likewise: which series there are. Confined to the thread of its connection.
class SeriesReader {
 public:
  virtual ~SeriesReader() = default;

  // Newest last: those of one run by seq, runs by their newest samples, where no
  // time is known first.
  [[nodiscard]] virtual StatusOr<std::vector<Head>> Heads(int64_t device) = 0;
  // Every table a device has shown, by id.
  [[nodiscard]] virtual StatusOr<std::vector<TableId>> Tables(int64_t device) = 0;
  // Encoded; kNotFound.
  [[nodiscard]] virtual StatusOr<std::string> Table(const TableId& id) = 0;
};

}  // namespace godwit::collector
