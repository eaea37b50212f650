// What is asked of the twin of the store, by operators' queries and by the ledger of a test.
#include <algorithm>
#include <limits>
#include <utility>

#include "collector/limits.h"
#include "tests/sim/memory_store.h"

namespace godwit::sim {

using collector::DeviceRow;
using collector::Head;
using collector::IncomingRecord;
using collector::RecordCursor;
using collector::StoredRecord;
using collector::TimeRange;

StatusOr<std::vector<collector::DeviceName>> MemoryStore::DeviceNames() {
  std::vector<collector::DeviceName> names;
  for (const auto& [id, device] : devices_) {
    names.push_back({device.row.key, id, device.row.facts.name});
  }
  std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) {
    return std::pair(a.name, a.id) < std::pair(b.name, b.id);
  });
  return names;
}

StatusOr<collector::DeviceIdentity> MemoryStore::Identity(const std::string& device_id) {
  const auto found = devices_.find(device_id);
  if (found == devices_.end()) return Error(StatusCode::kNotFound, "no such device");
  const DeviceRow& row = found->second.row;
  collector::DeviceIdentity identity{.name = {row.key, device_id, row.facts.name},
                                     .labels = row.facts.labels};
  if (const auto given = operator_labels_.find(device_id); given != operator_labels_.end()) {
    identity.operator_labels = given->second;
  }
  return identity;
}

StatusOr<uint64_t> MemoryStore::MissingTicks(int64_t key, collector::TimeRange times) {
  const DeviceState* const device = FindDevice(key);
  if (device == nullptr) return uint64_t{0};
  std::vector<collector::BlockSpan> blocks;
  for (const auto& [cursor, name] : device->ordered) {
    const IncomingRecord& record = RecordAt(*device, name);
    if (!Stored(*device, cursor, times)) continue;
    const int64_t shift = ShiftOf(*device, record);
    for (collector::BlockSpan block : record.blocks) {
      if (block.ticks == 0) continue;
      block.first_unix_ns = collector::AddSaturated(block.first_unix_ns, shift);
      block.last_unix_ns = collector::AddSaturated(block.last_unix_ns, shift);
      blocks.push_back(std::move(block));
    }
  }
  std::stable_sort(blocks.begin(), blocks.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first_unix_ns, a.table) < std::tie(b.first_unix_ns, b.table);
  });
  collector::MissingTickCount count([this](const TableId& id) { return Table(id); });
  for (const collector::BlockSpan& block : blocks) count.Add(block);
  return count.missing();
}

StatusOr<DeviceRow> MemoryStore::Device(int64_t key) {
  const DeviceState* const device = FindDevice(key);
  if (device == nullptr) return Error(StatusCode::kNotFound, "no such device");
  DeviceRow row = device->row;
  row.runs = device->runs.size();
  for (const auto& [run_id, run] : device->runs) {
    row.unclean_runs += run.unclean_end;
    for (const auto& [reason, gaps] : run.gaps) {
      if (gaps.empty()) continue;
      row.gap_records[reason] = collector::SumSaturated(row.gap_records[reason], gaps.Count());
    }
  }
  for (const auto& [cursor, name] : device->ordered) {
    const IncomingRecord& record = RecordAt(*device, name);
    if (record.blocks.empty()) continue;
    row.newest_unix_ns = std::max(
        row.newest_unix_ns, collector::AddSaturated(record.last_unix_ns, ShiftOf(*device, record)));
  }
  return row;
}

const MemoryStore::DeviceState* MemoryStore::FindDevice(int64_t key) const {
  const auto id = device_ids_.find(key);
  return id == device_ids_.end() ? nullptr : &devices_.at(id->second);
}

std::optional<StoredRecord> MemoryStore::Stored(const DeviceState& device,
                                                const RecordCursor& cursor, TimeRange times) {
  const RecordName& name = device.ordered.at(cursor);
  const Run& run = device.runs.at(name.run);
  const IncomingRecord& record = run.records.at(name.seq);
  const int64_t shift = ShiftOf(device, record);
  const int64_t first = collector::AddSaturated(record.first_unix_ns, shift);
  const int64_t last = collector::AddSaturated(record.last_unix_ns, shift);
  if (times.since_unix_ns != 0 && last < times.since_unix_ns) return std::nullopt;
  if (times.until_unix_ns != 0 && first >= times.until_unix_ns) return std::nullopt;
  return StoredRecord{.cursor = cursor,
                      .first_seq = cursor.seq,
                      .place = {first, run.record_keys.at(name.seq)},
                      .last_unix_ns = last,
                      .shift_ns = shift,
                      .batch = record.batch};
}

StatusOr<std::optional<StoredRecord>> MemoryStore::Next(int64_t key, RecordCursor after,
                                                        TimeRange times) {
  const DeviceState* const device = FindDevice(key);
  if (device == nullptr) return std::nullopt;
  for (auto at = device->ordered.upper_bound(after); at != device->ordered.end(); ++at) {
    if (auto stored = Stored(*device, at->first, times)) return stored;
  }
  return std::nullopt;
}

StatusOr<std::optional<StoredRecord>> MemoryStore::NextByTime(int64_t key,
                                                              collector::TimeCursor after,
                                                              TimeRange times) {
  std::optional<StoredRecord> best;
  const DeviceState* const device = FindDevice(key);
  if (device == nullptr) return best;
  const auto place = [](const collector::TimeCursor& at) {
    return std::pair(at.first_unix_ns, at.key);
  };
  for (const auto& [cursor, name] : device->ordered) {
    auto stored = Stored(*device, cursor, times);
    if (!stored || place(stored->place) <= place(after)) continue;
    if (!best || place(stored->place) < place(best->place)) best = std::move(stored);
  }
  return best;
}

StatusOr<std::optional<collector::CommittedRecord>> MemoryStore::NextCommitted(int64_t key,
                                                                               uint64_t after) {
  std::optional<collector::CommittedRecord> best;
  const DeviceState* const device = FindDevice(key);
  if (device == nullptr) return best;
  for (const auto& [cursor, name] : device->ordered) {
    const auto number = static_cast<uint64_t>(device->runs.at(name.run).record_keys.at(name.seq));
    if (number <= after || (best && number > best->commit_number)) continue;
    best = {.commit_number = number, .record = *Stored(*device, cursor, {})};
  }
  return best;
}

StatusOr<uint64_t> MemoryStore::LastCommitted() {
  return static_cast<uint64_t>(record_keys_);
}

// Its records stay as they came.
StatusOr<std::string> MemoryStore::Slice(int64_t) {
  return Error(StatusCode::kNotFound, "no such slice");
}

StatusOr<std::vector<Head>> MemoryStore::Heads(int64_t key) {
  std::vector<Head> heads;
  const DeviceState* const device = FindDevice(key);
  if (device == nullptr) return heads;
  std::map<int64_t, int64_t> newest;  // of each run
  for (const auto& [table, cursor] : device->heads) {
    const auto stored = device->ordered.find(cursor);
    if (stored == device->ordered.end()) continue;  // retention has taken it
    const IncomingRecord& record = RecordAt(*device, stored->second);
    const int64_t age = Timed(*device, record)
                            ? AgeOf(*device, device->runs.at(stored->second.run), record)
                            : std::numeric_limits<int64_t>::min();
    const auto [at, added] = newest.emplace(cursor.run_key, age);
    if (!added) at->second = std::max(at->second, age);
    heads.push_back({table, cursor, record.batch, ShiftOf(*device, record)});
  }
  std::sort(heads.begin(), heads.end(), [&](const Head& a, const Head& b) {
    return std::pair(newest.at(a.cursor.run_key), a.cursor) <
           std::pair(newest.at(b.cursor.run_key), b.cursor);
  });
  return heads;
}

StatusOr<std::vector<TableId>> MemoryStore::Tables(int64_t key) {
  const DeviceState* const device = FindDevice(key);
  if (device == nullptr) return std::vector<TableId>();
  return std::vector<TableId>(device->tables.begin(), device->tables.end());
}

StatusOr<std::string> MemoryStore::Table(const TableId& id) {
  const auto found = tables_.find(id);
  if (found == tables_.end()) return Error(StatusCode::kNotFound, "no such table");
  return found->second.encoded;
}

StatusOr<std::vector<collector::StoredSpans>> MemoryStore::Spans(int64_t key, RecordCursor after,
                                                                 size_t limit) {
  std::vector<collector::StoredSpans> spans;
  const DeviceState* const device = FindDevice(key);
  if (device == nullptr) return spans;
  for (auto at = device->ordered.upper_bound(after);
       at != device->ordered.end() && spans.size() < limit; ++at) {
    const IncomingRecord& record = RecordAt(*device, at->second);
    spans.push_back(
        {.cursor = at->first,
         .first_seq = at->first.seq,
         .clock = record.clock,
         .shift_ns = ShiftOf(*device, record),
         .quality = device->boots.at(record.clock.boot_id).clock.QualityOf(record.clock),
         .blocks = record.blocks});
  }
  return spans;
}

StatusOr<std::vector<collector::RunRow>> MemoryStore::Runs(int64_t key) {
  std::map<std::pair<uint64_t, int64_t>, collector::RunRow> rows;
  const DeviceState* const device = FindDevice(key);
  if (device == nullptr) return std::vector<collector::RunRow>();
  for (const auto& [id, run] : device->runs) {
    collector::RunRow& row = rows[{run.order, run.key}];
    row = {.id = id, .key = run.key, .follows = run.follows, .unclean_end = run.unclean_end};
    for (const auto& [reason, gaps] : run.gaps) {
      for (const SeqRange& range : gaps.Ranges()) row.gaps.push_back({range, reason});
    }
    std::sort(row.gaps.begin(), row.gaps.end(),
              [](const auto& a, const auto& b) { return a.seqs.first < b.seqs.first; });
  }
  std::vector<collector::RunRow> out;
  for (auto& [order, row] : rows) out.push_back(std::move(row));
  return out;
}

StatusOr<collector::RunExtent> MemoryStore::Extent(int64_t run_key) {
  collector::RunExtent extent;
  for (const auto& [id, device] : devices_) {
    for (const auto& [cursor, name] : device.ordered) {
      if (cursor.run_key != run_key) continue;
      const auto stored = *Stored(device, cursor, {});
      const int64_t first = stored.place.first_unix_ns;
      extent.first_unix_ns = extent.records == 0 ? first : std::min(extent.first_unix_ns, first);
      extent.last_unix_ns = std::max(extent.last_unix_ns, stored.last_unix_ns);
      ++extent.records;
    }
  }
  return extent;
}

StatusOr<collector::StoreStatistics> MemoryStore::Statistics() {
  collector::StoreStatistics statistics{.devices = devices_.size()};
  for (const auto& [id, device] : devices_) {
    statistics.samples += device.row.samples;
    statistics.bytes += BytesOf(device);
  }
  return statistics;
}

bool MemoryStore::IsRejected(const RecordName& name) const {
  for (const auto& [id, device] : devices_) {
    const auto run = device.runs.find(name.run);
    if (run != device.runs.end() && run->second.rejected.contains(name.seq)) return true;
  }
  return false;
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

uint64_t MemoryStore::TimesPutRight() const {
  uint64_t records = 0;
  for (const auto& [id, device] : devices_) {
    for (const auto& [cursor, name] : device.ordered) {
      records += ShiftOf(device, RecordAt(device, name)) != 0;
    }
  }
  return records;
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
