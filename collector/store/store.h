// The store port: what is committed, settled and known, for ever. Real over SQLite
// (store/sqlite_store.h), simulated in tests/sim.
//
// Invariants
//   - A record's key is (device, run, seq). Nothing is ever overwritten.
//   - What is settled stays settled, also when retention has taken the samples away.
//   - Commit and OpenSession are durable when they return, and all or nothing.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/names.h"
#include "base/seq_set.h"
#include "base/status.h"
#include "base/units.h"
#include "codec/batch.h"
#include "collector/store/block_span.h"
#include "collector/store/command.h"
#include "collector/store/device_report.h"
#include "collector/store/label.h"
#include "collector/store/revision.h"

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
struct ToldLoss {
  RunId run = 0;
  SeqRange seqs;
  std::string reason;
};

// Rejected seqs of which the device has a synced copy aside: now they are settled.
struct SetAside {
  RunId run = 0;
  SeqRange seqs;
};

struct SessionOpening {
  DeviceFacts device;
  std::vector<HeldRun> runs;  // oldest first
  std::vector<TableId> table_ids;
  std::vector<ToldLoss> losses;
  std::vector<SetAside> set_aside;
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
std::vector<ExplainedGap> Explain(RunId run, SeqRange missing, const std::vector<ToldLoss>& losses);

// A record and the tables that came in front of it, or copies set aside.
struct Delivery {
  std::string device_id;
  std::vector<IncomingTable> tables;
  std::vector<SetAside> set_aside;
  std::optional<DeviceReport> report;
  std::optional<IncomingRecord> record;
};

enum class Outcome {
  kCommitted,
  kDuplicate,     // the same bytes under the same name, or settled and since taken by retention
  kConflict,      // other bytes under the same name; nothing was overwritten
  kUnknownTable,  // of a block; nothing was stored
  kMalformed,     // a block does not fit its table; nothing was stored
  kNoRoom,        // the disk is as good as full; nothing was stored
};

// What a store keeps of samples; 0: no bound.
struct Retention {
  absl::Duration age = absl::ZeroDuration();
  ByteCount bytes = 0;
};

// Writer-confined.
class Store {
 public:
  virtual ~Store() = default;

  // 16 random bytes, made with the store.
  virtual std::string store_id() const = 0;

  // Notes the device and its runs, writes down as gaps what is neither held nor settled, and
  // answers with what is settled of what is held (at most kSessionRangesMax ranges, lowest first).
  [[nodiscard]] virtual StatusOr<SessionAnswer> OpenSession(const SessionOpening& opening) = 0;

  // One transaction. An outcome for each delivery, in order; those without a record are committed.
  [[nodiscard]] virtual StatusOr<std::vector<Outcome>> Commit(
      const std::vector<Delivery>& deliveries, int64_t now_unix_ns) = 0;

  // Durable when it returns. kNotFound: the device is not known; kResourceExhausted: too many wait.
  [[nodiscard]] virtual Status Issue(const NewCommand& command, int64_t now_unix_ns) = 0;
  // Of one device, oldest first: those that wait and have not expired, and those that have begun.
  [[nodiscard]] virtual StatusOr<std::vector<CommandRow>> OpenCommands(const std::string& device_id,
                                                                       int64_t now_unix_ns) = 0;
  // Durable when it returns. kNotFound: no such command of that device.
  [[nodiscard]] virtual StatusOr<CommandAnswer> Report(const CommandReport& report,
                                                       int64_t now_unix_ns) = 0;

  // Makes all of the offers, durable when it returns, or none. kNotFound: a device is not known.
  [[nodiscard]] virtual Status Push(const std::vector<NewOffer>& offers, int64_t now_unix_ns) = 0;
  // The newest offer to a device that says what it runs with, which is noted; none while that is
  // foreign and no operator has decided since.
  [[nodiscard]] virtual StatusOr<std::optional<OfferRow>> OfferFor(const std::string& device_id,
                                                                   const RevisionId& effective) = 0;
  // kNotFound: it was never offered to the device.
  [[nodiscard]] virtual StatusOr<std::string> RevisionText(const std::string& device_id,
                                                           const RevisionId& revision) = 0;
  [[nodiscard]] virtual Status ReportRevision(const RevisionReport& report,
                                              int64_t now_unix_ns) = 0;

  // Durable when it returns. Issue, Push and this also note the change for the audit log, all of it
  // or nothing. kNotFound; kResourceExhausted: the device would have too many.
  [[nodiscard]] virtual Status SetLabels(const LabelChange& change, int64_t now_unix_ns) = 0;

  // Takes away the oldest records that retention does not keep, at most `records` of them, and says
  // how many. What is settled stays settled. Age counts from a batch's last tick, or from the
  // commit while its time is not known.
  [[nodiscard]] virtual StatusOr<size_t> Prune(const Retention& retention, size_t records,
                                               int64_t now_unix_ns) = 0;
};

// Something about a device that a person must look at.
struct AlertRow {
  std::string kind;    // conflict, cloned, identity shared, rejected
  std::string detail;  // the newest
  int64_t first_unix_ns = 0;
  int64_t last_unix_ns = 0;
  uint64_t count = 0;
};

struct DeviceName {
  int64_t key = 0;  // the store's own
  std::string id;
  std::string name;
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
struct StoreFigures {
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

// The newest record that has a block of a table.
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
// write-ahead log grow without bound, so exports page by cursor. Who pages through a device's
// records holds them (store/read_holds.h), or merging would move them from under the cursor.
class StoreReader {
 public:
  virtual ~StoreReader() = default;

  // By name, then id.
  [[nodiscard]] virtual StatusOr<std::vector<DeviceName>> DeviceNames() = 0;
  // The same devices in the same order.
  [[nodiscard]] virtual StatusOr<std::vector<DeviceRow>> Devices() = 0;
  // Ticks that are missing between the first and the last of each group in that range, by the wall
  // clock: what GapQuery tells the reasons of.
  [[nodiscard]] virtual StatusOr<uint64_t> MissingTicks(int64_t device, TimeRange times) = 0;
  // The first record behind `after` whose ticks overlap `times`.
  [[nodiscard]] virtual StatusOr<std::optional<StoredRecord>> Next(int64_t device,
                                                                   RecordCursor after,
                                                                   TimeRange times) = 0;
  // The same by first tick.
  [[nodiscard]] virtual StatusOr<std::optional<StoredRecord>> NextByTime(int64_t device,
                                                                         TimeCursor after,
                                                                         TimeRange times) = 0;
  // The first record of the device that was committed after the one of that key, and as it came.
  [[nodiscard]] virtual StatusOr<std::optional<StoredRecord>> NextCommitted(int64_t device,
                                                                            int64_t after_key) = 0;
  // The key of the newest record of all; 0: there is none.
  [[nodiscard]] virtual StatusOr<int64_t> LastCommitted() = 0;
  // A batch of one block; kNotFound when retention has taken its record.
  [[nodiscard]] virtual StatusOr<std::string> Slice(int64_t key) = 0;
  // Newest last, by run and seq.
  [[nodiscard]] virtual StatusOr<std::vector<Head>> Heads(int64_t device) = 0;
  // Every table a device has shown, by id.
  [[nodiscard]] virtual StatusOr<std::vector<TableId>> Tables(int64_t device) = 0;
  // Encoded; kNotFound.
  [[nodiscard]] virtual StatusOr<std::string> Table(const TableId& id) = 0;
  // At most `limit` records behind `after`.
  [[nodiscard]] virtual StatusOr<std::vector<StoredSpans>> Spans(int64_t device, RecordCursor after,
                                                                 size_t limit) = 0;
  // In the order of their records.
  [[nodiscard]] virtual StatusOr<std::vector<RunRow>> Runs(int64_t device) = 0;
  [[nodiscard]] virtual StatusOr<RunExtent> Extent(int64_t run) = 0;
  [[nodiscard]] virtual StatusOr<StoreFigures> Figures() = 0;
  // Newest first, at most `limit`.
  [[nodiscard]] virtual StatusOr<std::vector<CommandRow>> Commands(int64_t device,
                                                                   size_t limit) = 0;
  // By its id; kNotFound.
  [[nodiscard]] virtual StatusOr<CommandRow> Command(const std::string& id) = 0;
  [[nodiscard]] virtual StatusOr<ConfigurationRow> Configuration(int64_t device) = 0;
  // Newest first, at most `limit`.
  [[nodiscard]] virtual StatusOr<std::vector<OfferRow>> Offers(int64_t device, size_t limit) = 0;
  // By a prefix of its id in hexadecimal digits. kNotFound; kInvalidArgument: several.
  [[nodiscard]] virtual StatusOr<RevisionRow> Revision(const std::string& hex_prefix) = 0;
  [[nodiscard]] virtual StatusOr<Labels> OperatorLabels(int64_t device) = 0;
  // Of one device, or of all; newest first, at most `limit`.
  static constexpr int64_t kEveryDevice = 0;
  [[nodiscard]] virtual StatusOr<std::vector<AuditRow>> Audit(int64_t device, size_t limit) = 0;
};

}  // namespace godwit::collector
