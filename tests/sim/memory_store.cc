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
  run.id = id;
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
    SeqSet accounted = run.settled;
    for (const SeqRange& range : still_held.Ranges()) accounted.Add(range);
    for (const SeqRange& missing : accounted.Missing({1, last_seq})) {
      for (const auto& gap : collector::Explain(run.id, missing, opening.losses)) {
        run.gaps[gap.reason].Add(gap.seqs);
      }
      run.settled.Add(missing);
    }
  };
  SessionAnswer answer;
  for (const HeldRun& reported : opening.runs) {
    Run& run = PutRun(device, reported.run, reported.follows_run);
    close_books(run, reported.last_seq, reported.held);
    run.unclean_end |= reported.unclean_end;
    if (reported.follows_run != 0) {
      close_books(device.runs[reported.follows_run], reported.follows_last_seq,
                  held[reported.follows_run]);
    }
    for (const SeqRange& range : reported.held.Ranges()) {
      // What a gap names and the device has after all is wanted: it heals the gap.
      SeqSet settled({range});
      for (const SeqRange& open : run.settled.Missing(range)) settled.Remove(open);
      for (const auto& [reason, gaps] : run.gaps) {
        for (const SeqRange& gap : gaps.Ranges()) settled.Remove(gap);
      }
      for (const SeqRange& both : settled.Ranges()) answer.settled[reported.run].Add(both);
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
  if (run.settled.Contains(seq) && run.records.contains(seq)) {
    if (run.records.at(seq).checksum != record.checksum) return Outcome::kConflict;
    ++device.row.duplicates;
    return Outcome::kDuplicate;
  }
  for (auto& [reason, gaps] : run.gaps) {
    healed_ += gaps.Contains(seq);
    gaps.Remove({seq, seq});
  }
  run.settled.Add(seq);
  run.records.emplace(seq, record);
  device.ordered[{run.order, run.key, seq}] = record.name;
  ++device.row.records;
  device.row.samples += record.samples;
  return Outcome::kCommitted;
}

StatusOr<std::vector<DeviceRow>> MemoryStore::Devices() {
  std::vector<DeviceRow> rows;
  for (const auto& [id, device] : devices_) {
    DeviceRow row = device.row;
    row.runs = device.runs.size();
    for (const auto& [run_id, run] : device.runs) {
      row.unclean_runs += run.unclean_end;
      for (const auto& [reason, gaps] : run.gaps) {
        if (!gaps.empty()) row.gap_records[reason] += gaps.Count();
      }
    }
    rows.push_back(row);
  }
  std::sort(rows.begin(), rows.end(), [](const DeviceRow& a, const DeviceRow& b) {
    return std::pair(a.facts.name, a.facts.device_id) < std::pair(b.facts.name, b.facts.device_id);
  });
  return rows;
}

const MemoryStore::Device* MemoryStore::FindDevice(int64_t key) const {
  for (const auto& [id, device] : devices_) {
    if (device.row.key == key) return &device;
  }
  return nullptr;
}

StatusOr<std::optional<StoredBatch>> MemoryStore::Next(int64_t key, RecordCursor after,
                                                       TimeRange times) {
  const Device* const device = FindDevice(key);
  if (device == nullptr) return std::nullopt;
  for (auto at = device->ordered.upper_bound(after); at != device->ordered.end(); ++at) {
    const IncomingRecord& record = RecordAt(*device, at->second);
    if (record.last_unix_ns < times.since_unix_ns) continue;
    if (times.until_unix_ns != 0 && record.first_unix_ns >= times.until_unix_ns) continue;
    return StoredBatch{at->first, record.batch};
  }
  return std::nullopt;
}

StatusOr<std::vector<Head>> MemoryStore::Heads(int64_t key) {
  std::map<TableId, Head> heads;
  if (const Device* const device = FindDevice(key)) {
    for (const auto& [cursor, name] : device->ordered) {
      const IncomingRecord& record = RecordAt(*device, name);
      for (const auto& block : record.blocks) {
        heads[block.table] = {block.table, cursor, record.batch};
      }
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
    if (run == device.runs.end()) continue;
    for (const auto& [reason, gaps] : run->second.gaps) {
      if (gaps.Contains(name.seq)) return true;
    }
  }
  return false;
}

std::map<RecordName, std::string> MemoryStore::Gaps() const {
  std::map<RecordName, std::string> all;
  for (const auto& [id, device] : devices_) {
    for (const auto& [run_id, run] : device.runs) {
      for (const auto& [reason, gaps] : run.gaps) {
        for (const SeqRange& range : gaps.Ranges()) {
          for (Seq seq = range.first; seq <= range.last; ++seq) all[{run_id, seq}] = reason;
        }
      }
    }
  }
  return all;
}

bool MemoryStore::EndedUncleanly(RunId run_id) const {
  for (const auto& [id, device] : devices_) {
    const auto run = device.runs.find(run_id);
    if (run != device.runs.end() && run->second.unclean_end) return true;
  }
  return false;
}

std::map<RecordName, const IncomingRecord*> MemoryStore::Records() const {
  std::map<RecordName, const IncomingRecord*> records;
  for (const auto& [id, device] : devices_) {
    for (const auto& [run_id, run] : device.runs) {
      for (const auto& [seq, record] : run.records) records[{run_id, seq}] = &record;
    }
  }
  return records;
}

const IncomingRecord* MemoryStore::Find(const RecordName& name) const {
  for (const auto& [id, device] : devices_) {
    const auto run = device.runs.find(name.run);
    if (run == device.runs.end()) continue;
    const auto record = run->second.records.find(name.seq);
    if (record != run->second.records.end()) return &record->second;
  }
  return nullptr;
}

}  // namespace godwit::sim
