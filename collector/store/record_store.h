// What devices deliver, and the port by which it is stored.
//
// Invariants
//   - A record's key is (device, run, seq). Nothing is ever overwritten.
//   - What is settled stays settled, also when retention has taken the samples away, for as long as
//     the device may ask.
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

// What a device says of itself when it opens a session.
struct DeviceFacts {
  std::string device_id;
  std::string name;
  std::map<std::string, std::string> labels;
  BootId boot_id;
  std::string agent_version;
  bool wall_synchronised = false;
  // The device's clocks, read together when it asked.
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

// Why the device has seqs no more.
struct ReportedLoss {
  RunId run = 0;
  SeqRange seqs;
  std::string reason;
};

// Rejected seqs of which the device has a synced copy aside: now they are settled.
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
  // When the call came in, which may be long before it is its turn; 0: now.
  int64_t heard_unix_ns = 0;
  int64_t now_unix_ns = 0;
  // What the device's clocks are compared with.
  int64_t HeardUnixNs() const { return heard_unix_ns != 0 ? heard_unix_ns : now_unix_ns; }
};

// Whether the device says that a synced copy of this record stands aside.
bool HasCopy(const SessionOpening& opening, const RecordName& name);

struct SessionAnswer {
  // Within what is held. Without gaps, and without what was rejected unless the device has said
  // that it has a copy: what is held of those is wanted.
  std::map<RunId, SeqSet> settled;
  std::vector<TableId> unknown_tables;
  // It brings too much that is new: of its runs nothing was noted, and the rest is empty.
  std::optional<Postponement> postponed;
};

struct IncomingTable {
  TableId id;
  std::string encoded;
  uint32_t series = 0;
};

// The clock a batch was read by.
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

// The reason of a gap that nobody gave one for.
inline constexpr char kUnaccounted[] = "unaccounted";
// A part of `missing` and why it is: the first told loss that names it holds.
struct ExplainedGap {
  SeqRange seqs;
  std::string reason;
};
std::vector<ExplainedGap> Explain(RunId run, SeqRange missing,
                                  const std::vector<ReportedLoss>& losses);

// A record and the tables that came in front of it, or copies set aside.
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
  kNoRoom,        // the disk is as good as full; nothing was stored
  // Beyond a bound of its device (store/device_bounds.h), which may come again; nothing was stored
  // but an alert.
  kTooManyTables,
  kTooManyRuns,
  kTooManyBoots,
  kTooMuchToAccount,
  kOverBytes,
  kOverSeries,
};
Outcome OutcomeOf(DeviceBound bound);
// Nothing for an outcome that is not of a bound.
std::optional<DeviceBound> BoundOf(Outcome outcome);

// What a store keeps of samples; 0: no bound.
struct Retention {
  absl::Duration age = absl::ZeroDuration();
  ByteCount bytes = 0;
};

// Writer-confined.
class RecordStore {
 public:
  virtual ~RecordStore() = default;

  // Notes the device and its runs, writes down as gaps what is neither held nor settled, and
  // answers with what is settled of what is held (at most kSessionRangesMax ranges, lowest first).
  // kResourceExhausted: the device would be one more than kDevicesMax; nothing is noted.
  [[nodiscard]] virtual StatusOr<SessionAnswer> OpenSession(const SessionOpening& opening) = 0;

  // An outcome for each delivery, in order; those without a record are committed.
  [[nodiscard]] virtual StatusOr<std::vector<Outcome>> Commit(
      const std::vector<Delivery>& deliveries, int64_t now_unix_ns) = 0;

  // Takes away the oldest records that retention does not keep, at most `records` of them, and says
  // how many. What is settled stays settled. Age counts from a batch's last tick, or from the
  // commit while its time is not known.
  [[nodiscard]] virtual StatusOr<size_t> Prune(const Retention& retention, size_t records,
                                               int64_t now_unix_ns) = 0;
};

}  // namespace godwit::collector
