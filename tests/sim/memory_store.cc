#include "tests/sim/memory_store.h"

#include <algorithm>

namespace godwit::sim {

using collector::Delivery;
using collector::DeviceRow;
using collector::Head;
using collector::HeldRun;
using collector::IncomingRecord;
using collector::Outcome;
using collector::RecordCursor;
using collector::SessionAnswer;
using collector::SessionOpening;
using collector::StoredBatch;
using collector::TimeRange;

MemoryStore::Run& MemoryStore::PutRun(Device& device, RunId id, RunId follows) {
  if (const auto found = device.runs.find(id); found != device.runs.end()) return found->second;
  uint64_t order = 1;
  if (follows != 0) {
    order = PutRun(device, follows, 0).order + 1;
  } else {
    for (const auto& [other, run] : device.runs) order = std::max(order, run.order + 1);
  }
  Run& run = device.runs[id];
  run.order = order;
  run.key = ++run_keys_;
  return run;
}

StatusOr<SessionAnswer> MemoryStore::OpenSession(const SessionOpening& opening) {
  Device& device = devices_[opening.device.device_id];
  if (device.row.key == 0) device.row.key = static_cast<int64_t>(devices_.size());
  device.row.facts = opening.device;
  device.row.last_seen_unix_ns = opening.now_unix_ns;
  std::map<RunId, SeqSet> held;
  for (const HeldRun& run : opening.runs) held[run.run] = run.held;
  const auto close_books = [&](Run& run, Seq last_seq, const SeqSet& still_held) {
    for (Seq seq = 1; seq <= last_seq; ++seq) {
      if (run.settled.Contains(seq) || still_held.Contains(seq)) continue;
      run.settled.Add(seq);
      run.gaps.Add(seq);
    }
  };
  SessionAnswer answer;
  for (const HeldRun& reported : opening.runs) {
    Run& run = PutRun(device, reported.run, reported.follows_run);
    close_books(run, reported.last_seq, reported.held);
    if (reported.follows_run != 0) {
      close_books(device.runs[reported.follows_run], reported.follows_last_seq,
                  held[reported.follows_run]);
    }
    for (const SeqRange& range : reported.held.Ranges()) {
      for (Seq seq = range.first; seq <= range.last; ++seq) {
        if (run.settled.Contains(seq)) answer.settled[reported.run].Add(seq);
      }
    }
  }
  for (const TableId& id : opening.table_ids) {
    if (!device.tables.contains(id)) answer.unknown_tables.push_back(id);
  }
  return answer;
}

StatusOr<std::vector<Outcome>> MemoryStore::Commit(const std::vector<Delivery>& deliveries,
                                                   int64_t now_unix_ns) {
  std::vector<Outcome> outcomes;
  for (const Delivery& delivery : deliveries) outcomes.push_back(CommitOne(delivery, now_unix_ns));
  return outcomes;
}

Outcome MemoryStore::CommitOne(const Delivery& delivery, int64_t now_unix_ns) {
  Device& device = devices_.at(delivery.device_id);
  for (const auto& table : delivery.tables) {
    tables_.emplace(table.id, table);
    device.tables.insert(table.id);
  }
  if (!delivery.record) return Outcome::kCommitted;
  const IncomingRecord& record = *delivery.record;
  for (const auto& block : record.blocks) {
    if (!device.tables.contains(block.table)) return Outcome::kUnknownTable;
    if (tables_.at(block.table).series != block.columns) return Outcome::kMalformed;
  }
  device.row.last_seen_unix_ns = now_unix_ns;
  Run& run = PutRun(device, record.name.run, 0);
  const Seq seq = record.name.seq;
  if (run.settled.Contains(seq) && !run.gaps.Contains(seq)) {
    if (run.records.at(seq).checksum != record.checksum) return Outcome::kConflict;
    ++device.row.duplicates;
    return Outcome::kDuplicate;
  }
  run.gaps.Remove({seq, seq});
  run.settled.Add(seq);
  run.records.emplace(seq, record);
  ++device.row.records;
  device.row.samples += record.samples;
  return Outcome::kCommitted;
}

StatusOr<std::vector<DeviceRow>> MemoryStore::Devices() {
  std::vector<DeviceRow> rows;
  for (const auto& [id, device] : devices_) {
    DeviceRow row = device.row;
    row.runs = device.runs.size();
    for (const auto& [run_id, run] : device.runs) row.gap_records += run.gaps.Count();
    rows.push_back(row);
  }
  std::sort(rows.begin(), rows.end(), [](const DeviceRow& a, const DeviceRow& b) {
    return std::pair(a.facts.name, a.facts.device_id) < std::pair(b.facts.name, b.facts.device_id);
  });
  return rows;
}

std::vector<std::pair<RecordCursor, const IncomingRecord*>> MemoryStore::Ordered(
    int64_t key) const {
  std::vector<std::pair<RecordCursor, const IncomingRecord*>> out;
  for (const auto& [id, device] : devices_) {
    if (device.row.key != key) continue;
    for (const auto& [run_id, run] : device.runs) {
      for (const auto& [seq, record] : run.records)
        out.push_back({{run.order, run.key, seq}, &record});
    }
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return out;
}

StatusOr<std::optional<StoredBatch>> MemoryStore::Next(int64_t device, RecordCursor after,
                                                       TimeRange times) {
  for (const auto& [cursor, record] : Ordered(device)) {
    if (cursor <= after) continue;
    if (record->last_unix_ns < times.since_unix_ns) continue;
    if (times.until_unix_ns != 0 && record->first_unix_ns >= times.until_unix_ns) continue;
    return StoredBatch{cursor, record->batch};
  }
  return std::nullopt;
}

StatusOr<std::vector<Head>> MemoryStore::Heads(int64_t device) {
  std::map<TableId, Head> heads;
  for (const auto& [cursor, record] : Ordered(device)) {
    for (const auto& block : record->blocks) {
      heads[block.table] = {block.table, cursor, record->batch};
    }
  }
  std::vector<Head> out;
  for (auto& [id, head] : heads) out.push_back(head);
  std::sort(out.begin(), out.end(),
            [](const Head& a, const Head& b) { return a.cursor < b.cursor; });
  return out;
}

StatusOr<std::string> MemoryStore::Table(const TableId& id) {
  const auto found = tables_.find(id);
  if (found == tables_.end()) return Error(StatusCode::kNotFound, "no such table");
  return found->second.encoded;
}

bool MemoryStore::IsGap(const RecordName& name) const {
  for (const auto& [id, device] : devices_) {
    const auto run = device.runs.find(name.run);
    if (run != device.runs.end() && run->second.gaps.Contains(name.seq)) return true;
  }
  return false;
}

std::map<RecordName, std::string> MemoryStore::Batches() const {
  std::map<RecordName, std::string> batches;
  for (const auto& [id, device] : devices_) {
    for (const auto& [run_id, run] : device.runs) {
      for (const auto& [seq, record] : run.records) batches[{run_id, seq}] = record.batch;
    }
  }
  return batches;
}

}  // namespace godwit::sim
