// The store port: what is committed, settled and known, for ever. Real over SQLite
// (store/sqlite_store.h), simulated in tests/sim.
//
// Invariants
//   - A record's key is (device, run, seq). Nothing is ever overwritten.
//   - What is settled stays settled, also when retention has taken the samples away.
//   - Commit and OpenSession are durable when they return, and all or nothing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/names.h"
#include "base/seq_set.h"
#include "base/status.h"

namespace godwit::collector {

// What a device says of itself when it opens a session.
struct DeviceFacts {
  std::string device_id;
  std::string name;
  std::map<std::string, std::string> labels;
  BootId boot_id;
  std::string agent_version;
  bool wall_synchronised = false;
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

struct SessionOpening {
  DeviceFacts device;
  std::vector<HeldRun> runs;  // oldest first
  std::vector<TableId> table_ids;
  std::vector<ToldLoss> losses;
  int64_t now_unix_ns = 0;
};

struct SessionAnswer {
  // Within what is held; without gaps: what they name and the device holds is wanted.
  std::map<RunId, SeqSet> settled;
  std::vector<TableId> unknown_tables;
};

struct IncomingTable {
  TableId id;
  std::string encoded;
  uint32_t series = 0;
};

// A block's shape, checked against its table.
struct BlockShape {
  TableId table;
  uint32_t columns = 0;
};

struct IncomingRecord {
  RecordName name;
  uint64_t checksum = 0;  // XXH3-64 of `batch`
  std::string batch;
  std::vector<BlockShape> blocks;
  int64_t first_unix_ns = 0;
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

// A record and the tables that came in front of it.
struct Delivery {
  std::string device_id;
  std::vector<IncomingTable> tables;
  std::optional<IncomingRecord> record;
};

enum class Outcome {
  kCommitted,
  kDuplicate,     // the same bytes under the same name, or settled and since taken by retention
  kConflict,      // other bytes under the same name; nothing was overwritten
  kUnknownTable,  // of a block; nothing was stored
  kMalformed,     // a block does not fit its table; nothing was stored
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
};

// Where a reader stands in a device's records: ordered by run, then seq. Copies of one card have
// runs of equal order; those come one after the other.
struct RecordCursor {
  uint64_t run_order = 0;
  int64_t run_key = 0;  // the store's own
  Seq seq = 0;
  friend auto operator<=>(const RecordCursor&, const RecordCursor&) = default;
};

struct StoredBatch {
  RecordCursor cursor;
  std::string batch;
};

// The newest record that has a block of a table.
struct Head {
  TableId table;
  RecordCursor cursor;
  std::string batch;
};

struct TimeRange {
  int64_t since_unix_ns = 0;
  int64_t until_unix_ns = 0;  // not included; 0: open
};

// Query-confined. Each call is a snapshot of its own and short: a long reader would make the
// write-ahead log grow without bound, so exports page by cursor.
class StoreReader {
 public:
  virtual ~StoreReader() = default;

  // By name, then id.
  [[nodiscard]] virtual StatusOr<std::vector<DeviceRow>> Devices() = 0;
  // The first record behind `after` whose ticks overlap `times`.
  [[nodiscard]] virtual StatusOr<std::optional<StoredBatch>> Next(int64_t device,
                                                                  RecordCursor after,
                                                                  TimeRange times) = 0;
  // Newest last, by run and seq.
  [[nodiscard]] virtual StatusOr<std::vector<Head>> Heads(int64_t device) = 0;
  // Encoded; kNotFound.
  [[nodiscard]] virtual StatusOr<std::string> Table(const TableId& id) = 0;
};

}  // namespace godwit::collector
