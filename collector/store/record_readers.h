// Defines the stored data of devices, and the ports that read it.
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

// Something about a device that a person must check.
struct AlertRow {
  std::string kind;    // conflict, cloned, identity shared, rejected, or a BoundTraits::name
  std::string detail;  // the newest
  int64_t first_unix_ns = 0;
  int64_t last_unix_ns = 0;
  uint64_t count = 0;
  // The number that an operator has acknowledged, and the time, name and reason of the last
  // acknowledgement.
  uint64_t acknowledged = 0;
  int64_t acknowledged_unix_ns = 0;
  std::string acknowledged_by;
  std::string acknowledged_why;
  // Returns whether it is open: more were raised since then.
  bool IsOpen() const { return count > acknowledged; }
};

// The alert that a reader raises when data of the device cannot be read. It is not stored, so it
// cannot be acknowledged.
inline constexpr char kUnreadableAlert[] = "unreadable";

struct DeviceName {
  int64_t key = 0;  // the store's own
  std::string id;
  std::string name;
};

// The data by which a device is found and selected.
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

// The place of a reader in a device's records, ordered by run, then sequence number. Copies of one
// card have runs of equal order; those come one after the other.
struct RecordCursor {
  uint64_t run_order = 0;
  int64_t run_key = 0;  // the store's own
  Seq seq = 0;
  friend auto operator<=>(const RecordCursor&, const RecordCursor&) = default;
};

// The place of a reader in a device's records, ordered by their first ticks.
struct TimeCursor {
  int64_t first_unix_ns = std::numeric_limits<int64_t>::min();
  int64_t key = 0;  // the store's own
};

// Some columns of one table of a merged record.
struct StoredSlice {
  int64_t key = 0;  // the store's own
  TableId table;
  uint32_t first_column = 0;
  uint32_t columns = 0;
};

// A record as it was received, or consecutive ones of a run merged into one. Then the batch is
// empty and the slices have the values: each is a batch of one block with only those columns.
struct StoredRecord {
  RecordCursor cursor;  // its seq is the last
  Seq first_seq = 0;
  TimeCursor place;
  int64_t last_unix_ns = 0;
  int64_t shift_ns = 0;  // the shift to add to each of its times
  std::string batch;
  std::vector<StoredSlice> slices;  // by table, ascending columns
};

// A record as it was received, with its place in the commits of the store.
struct CommittedRecord {
  // Counts up from 1 over all devices, and is never used again, unlike the store's own keys, which
  // are used again when retention has removed their records. Merged records have none, nor have
  // those stored before version 8 of the store.
  uint64_t commit_number = 0;
  StoredRecord record;
};

// How well the times of a batch are known.
enum class TimeQuality {
  kExact,      // its wall clock was synchronised, or became so during the same boot
  kEstimated,  // by the collector's clock, or the device's own where the two agree
  kUnknown     // no clock that knows the time was seen in that boot
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

// The statistics of the store as a whole.
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

// The extent of a run's records that are stored now.
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
  // Return the first and the last instant of the range.
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

// Reads devices. Query-confined. Each call is a short snapshot of its own: a long reader would make
// the write-ahead log grow without bound, so exports page by cursor.
class DeviceReader {
 public:
  virtual ~DeviceReader() = default;

  // Returns all devices by name, then id.
  [[nodiscard]] virtual StatusOr<std::vector<DeviceName>> DeviceNames() = 0;
  // Returns the identity of a device by its id; kNotFound.
  [[nodiscard]] virtual StatusOr<DeviceIdentity> Identity(const std::string& device_id) = 0;
  // kNotFound.
  [[nodiscard]] virtual StatusOr<DeviceRow> Device(int64_t device) = 0;
  // Returns all devices in the order of DeviceNames.
  [[nodiscard]] StatusOr<std::vector<DeviceRow>> Devices();
  // Returns the number of missing ticks between the first and the last of each group in that range,
  // by the wall clock. GapQuery finds their reasons.
  [[nodiscard]] virtual StatusOr<uint64_t> MissingTicks(int64_t device, TimeRange times) = 0;
  // Returns the runs in the order of their records.
  [[nodiscard]] virtual StatusOr<std::vector<RunRow>> Runs(int64_t device) = 0;
  [[nodiscard]] virtual StatusOr<RunExtent> Extent(int64_t run) = 0;
  [[nodiscard]] virtual StatusOr<StoreStatistics> Statistics() = 0;
};

// Reads records in short snapshots. A caller that pages through a device's records holds them
// (store/read_holds.h), or merging would move them from under the cursor. Confined to the thread of
// its connection.
class RecordReader {
 public:
  virtual ~RecordReader() = default;

  // Returns the first record after `after` whose ticks overlap `times`.
  [[nodiscard]] virtual StatusOr<std::optional<StoredRecord>> Next(int64_t device,
                                                                   RecordCursor after,
                                                                   TimeRange times) = 0;
  // Returns the next record by first tick.
  [[nodiscard]] virtual StatusOr<std::optional<StoredRecord>> NextByTime(int64_t device,
                                                                         TimeCursor after,
                                                                         TimeRange times) = 0;
  // Returns the device's unmerged record of the lowest commit number above `after`; merged ones are
  // skipped. The cost grows with the commits of all devices between the two: a caller that finds
  // none continues after the earlier result of LastCommitted.
  [[nodiscard]] virtual StatusOr<std::optional<CommittedRecord>> NextCommitted(int64_t device,
                                                                               uint64_t after) = 0;
  // Returns the highest commit number ever given, even if its record is gone; 0: none.
  [[nodiscard]] virtual StatusOr<uint64_t> LastCommitted() = 0;
  // Returns a slice: a batch of one block. kNotFound: retention has removed its record.
  [[nodiscard]] virtual StatusOr<std::string> Slice(int64_t key) = 0;
  // Returns at most `limit` records after `after`.
  [[nodiscard]] virtual StatusOr<std::vector<StoredSpans>> Spans(int64_t device, RecordCursor after,
                                                                 size_t limit) = 0;
};

// Reads the series of devices in short snapshots. Confined to the thread of its connection.
class SeriesReader {
 public:
  virtual ~SeriesReader() = default;

  // Returns the heads, newest last: those of one run by sequence number, runs by their newest
  // samples; those without a known time first.
  [[nodiscard]] virtual StatusOr<std::vector<Head>> Heads(int64_t device) = 0;
  // Returns every table that a device has shown, by id.
  [[nodiscard]] virtual StatusOr<std::vector<TableId>> Tables(int64_t device) = 0;
  // Returns a table, encoded; kNotFound.
  [[nodiscard]] virtual StatusOr<std::string> Table(const TableId& id) = 0;
};

}  // namespace godwit::collector
