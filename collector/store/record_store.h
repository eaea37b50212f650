// Defines the deliveries of devices, and the port that stores them.
//
// Invariants
//   - A record's key is (device, run, seq). Nothing is ever overwritten.
//   - What is settled stays settled for as long as the device may ask, even when retention has
//     removed the samples.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/names.h"
#include "base/seq_set.h"
#include "base/status.h"
#include "base/units.h"
#include "codec/batch.h"
#include "collector/store/block_span.h"
#include "collector/store/device_bounds.h"
#include "collector/store/device_report.h"

namespace godwit::collector {

// The identity and clocks of a device when it opens a session.
struct DeviceFacts {
  std::string device_id;
  std::string name;
  std::map<std::string, std::string> labels;
  BootId boot_id;
  std::string agent_version;
  bool wall_synchronised = false;
  // The device's clocks, read at the same moment.
  int64_t boot_time_ns = 0;
  int64_t wall_unix_ns = 0;
};

struct HeldRun {
  RunId run = 0;
  Seq last_seq = 0;
  SeqSet held;
  RunId follows_run = 0;  // 0: none
  Seq follows_last_seq = 0;
  bool unclean_end = false;  // samples later than its last record are lost
};

// Why the device no longer holds these records.
struct ReportedLoss {
  RunId run = 0;
  SeqRange seqs;
  std::string reason;
};

// Rejected records of which the device has a synced copy in quarantine: now they are settled.
struct QuarantinedRecords {
  RunId run = 0;
  SeqRange seqs;
};

struct SessionOpening {
  DeviceFacts device;
  std::vector<HeldRun> runs;  // oldest first
  std::vector<TableId> table_ids;
  std::vector<ReportedLoss> losses;
  std::vector<QuarantinedRecords> quarantined;
  std::optional<DeviceReport> report;
  // When the call came in, which may be long before its turn; 0: now.
  int64_t heard_unix_ns = 0;
  int64_t now_unix_ns = 0;
  // Returns the time to compare the device's clocks with.
  int64_t HeardUnixNs() const { return heard_unix_ns != 0 ? heard_unix_ns : now_unix_ns; }
};

// Returns whether the device reports a synced copy of this record in quarantine.
bool HasCopy(const SessionOpening& opening, const RecordName& name);

struct SessionAnswer {
  // The settled records among those held. Excluded are gaps, and rejected records unless the device
  // has reported a copy: the held ones of these are wanted.
  std::map<RunId, SeqSet> settled;
  std::vector<TableId> unknown_tables;
  // Set if the session brings too many new items: none of its runs was noted, and the rest is
  // empty.
  std::optional<Postponement> postponed;
};

struct IncomingTable {
  TableId id;
  std::string encoded;
  uint32_t series = 0;
};

// The clock with which a batch was read.
struct BatchClock {
  BootId boot_id;
  int64_t wall_offset_ns = 0;  // wall clock minus boot clock
  bool synchronised = false;
};

struct IncomingRecord {
  RecordName name;
  uint64_t checksum = 0;  // XXH3-64 of `batch`
  std::string batch;
  std::vector<BlockSpan> blocks;
  BatchClock clock;
  int64_t first_unix_ns = 0;  // by that clock
  int64_t last_unix_ns = 0;
  uint64_t samples = 0;
};

// The reason of a gap for which none was reported.
inline constexpr char kUnaccounted[] = "unaccounted";
// A part of `missing` and its reason: that of the first reported loss that names it.
struct ExplainedGap {
  SeqRange seqs;
  std::string reason;
};
std::vector<ExplainedGap> Explain(RunId run, SeqRange missing,
                                  const std::vector<ReportedLoss>& losses);

// A record and the tables that precede it, or quarantined records.
struct Delivery {
  std::string device_id;
  std::vector<IncomingTable> tables;
  std::vector<QuarantinedRecords> quarantined;
  std::optional<DeviceReport> report;
  std::optional<IncomingRecord> record;
  DeviceQuotas quotas;
};

enum class Outcome {
  kCommitted,
  kDuplicate,     // the same bytes under the same name, or settled and since taken by retention
  kConflict,      // other bytes under the same name; nothing was overwritten
  kUnknownTable,  // of a block; nothing was stored
  kMalformed,     // a block does not fit its table; nothing was stored
  kNoRoom,        // the disk is nearly full; nothing was stored
  // The record exceeds a bound of its device (store/device_bounds.h), which may retry; nothing was
  // stored but an alert.
  kTooManyTables,
  kTooManyRuns,
  kTooManyBoots,
  kTooMuchToAccount,
  kOverBytes,
  kOverSeries,
};
Outcome OutcomeOf(DeviceBound bound);
// Returns the bound of an outcome; nothing if it is not of a bound.
std::optional<DeviceBound> BoundOf(Outcome outcome);

// The retention of samples; 0: no bound.
struct Retention {
  absl::Duration age = absl::ZeroDuration();
  ByteCount bytes = 0;
};

// Writer-confined.
class RecordStore {
 public:
  virtual ~RecordStore() = default;

  // Records the device and its runs, makes gaps of what is neither held nor settled, and returns
  // what is settled of what is held (at most kSessionRangesMax ranges, lowest first).
  // kResourceExhausted: there are kDevicesMax other devices; nothing is recorded.
  [[nodiscard]] virtual StatusOr<SessionAnswer> OpenSession(const SessionOpening& opening) = 0;

  // Returns an outcome for each delivery, in order; those without a record are committed.
  [[nodiscard]] virtual StatusOr<std::vector<Outcome>> Commit(
      const std::vector<Delivery>& deliveries, int64_t now_unix_ns) = 0;

  // Removes the oldest records beyond the retention, at most `records`, and returns how many. What
  // is settled stays settled. Age counts from a batch's last tick, or from the commit while its
  // time is not known.
  [[nodiscard]] virtual StatusOr<size_t> Prune(const Retention& retention, size_t records,
                                               int64_t now_unix_ns) = 0;
};

}  // namespace godwit::collector
