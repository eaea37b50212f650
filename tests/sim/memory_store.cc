#include "tests/sim/memory_store.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "collector/limits.h"

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
using collector::StoredRecord;
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
  run.follows = follows;
  return run;
}

StatusOr<SessionAnswer> MemoryStore::OpenSession(const SessionOpening& opening) {
  Device& device = devices_[opening.device.device_id];
  if (device.row.key == 0) device.row.key = static_cast<int64_t>(devices_.size());
  device.row.facts = opening.device;
  device.row.last_seen_unix_ns = opening.now_unix_ns;
  NoteBoot(device, opening);
  NoteReport(device, opening.report, opening.now_unix_ns);
  std::map<RunId, SeqSet> held;
  for (const HeldRun& run : opening.runs) {
    held[run.run] = run.held;
    PutRun(device, run.run, run.follows_run);
  }
  for (const auto& copies : opening.set_aside) {
    SettleRejected(device, copies, opening.now_unix_ns);
  }
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
      for (const Seq seq : run.rejected) settled.Remove({seq, seq});
      for (const auto& copies : opening.set_aside) {
        if (copies.run != reported.run) continue;
        const SeqRange both{std::max(copies.seqs.first, range.first),
                            std::min(copies.seqs.last, range.last)};
        if (both.first <= both.last) settled.Add(both);
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
  for (const auto& copies : delivery.set_aside) SettleRejected(device, copies, now_unix_ns);
  NoteReport(device, delivery.report, now_unix_ns);
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
    if (run.records.at(seq).checksum != record.checksum) {
      RaiseAlert(device, "conflict", now_unix_ns);
      return Outcome::kConflict;
    }
    ++device.row.duplicates;
    return Outcome::kDuplicate;
  }
  bool known = !run.settled.Contains(seq) || run.rejected.erase(seq) > 0;
  for (auto& [reason, gaps] : run.gaps) {
    known |= gaps.Contains(seq);
    healed_ += gaps.Contains(seq);
    gaps.Remove({seq, seq});
  }
  if (!known) {  // retention has taken it
    ++device.row.duplicates;
    return Outcome::kDuplicate;
  }
  device.boots[record.clock.boot_id].clock.Learn(record.clock);
  run.settled.Add(seq);
  run.records.emplace(seq, record);
  run.committed_unix_ns[seq] = now_unix_ns;
  run.record_keys[seq] = ++record_keys_;
  NoteFirstCommit(device, run, now_unix_ns);
  device.ordered[{run.order, run.key, seq}] = record.name;
  ++device.row.records;
  device.row.samples += record.samples;
  return Outcome::kCommitted;
}

void MemoryStore::RaiseAlert(Device& device, const std::string& kind, int64_t now_unix_ns) {
  auto& alerts = device.row.alerts;
  auto at = std::find_if(alerts.begin(), alerts.end(),
                         [&](const auto& alert) { return alert.kind == kind; });
  if (at == alerts.end()) {
    at = alerts.insert(alerts.end(), {.kind = kind, .first_unix_ns = now_unix_ns});
  }
  at->last_unix_ns = now_unix_ns;
  ++at->count;
  std::sort(alerts.begin(), alerts.end(),
            [](const auto& a, const auto& b) { return a.kind < b.kind; });
}

void MemoryStore::NoteFirstCommit(Device& device, Run& run, int64_t now_unix_ns) {
  if (std::exchange(run.has_commits, true) || run.follows == 0) return;
  for (const auto& [id, other] : device.runs) {
    if (id == run.id || other.follows != run.follows || !other.has_commits) continue;
    return RaiseAlert(device, "cloned", now_unix_ns);
  }
}

void MemoryStore::NoteBoot(Device& device, const SessionOpening& opening) {
  Boot& boot = device.boots[opening.device.boot_id];
  if (boot.superseded_unix_ns && opening.now_unix_ns - *boot.superseded_unix_ns >=
                                     absl::ToInt64Nanoseconds(collector::kSharedIdentityAfter)) {
    RaiseAlert(device, "identity shared", opening.now_unix_ns);
  }
  for (auto& [id, other] : device.boots) {
    if (!other.superseded_unix_ns) other.superseded_unix_ns = opening.now_unix_ns;
  }
  boot.superseded_unix_ns.reset();
  boot.clock.Learn(opening.device, opening.now_unix_ns);
}

void MemoryStore::SettleRejected(Device& device, const collector::SetAside& copies,
                                 int64_t now_unix_ns) {
  Run& run = PutRun(device, copies.run, 0);
  for (const SeqRange& range : run.settled.Missing(copies.seqs)) {
    for (Seq seq = range.first; seq <= range.last; ++seq) run.rejected.insert(seq);
    run.settled.Add(range);
    RaiseAlert(device, "rejected", now_unix_ns);
  }
}

int64_t MemoryStore::ShiftOf(const Device& device, const IncomingRecord& record) {
  return device.boots.at(record.clock.boot_id).clock.ShiftOf(record.clock);
}

int64_t MemoryStore::AgeOf(const Device& device, const Run& run, const IncomingRecord& record) {
  const int64_t committed = run.committed_unix_ns.at(record.name.seq);
  const auto& clock = device.boots.at(record.clock.boot_id).clock;
  if (clock.QualityOf(record.clock) == collector::TimeQuality::kUnknown) return committed;
  return std::min(committed, collector::AddSaturated(record.last_unix_ns, ShiftOf(device, record)));
}

ByteCount MemoryStore::BytesOf(const Device& device) {
  ByteCount bytes = 0;
  for (const auto& [id, run] : device.runs) {
    for (const auto& [seq, record] : run.records) bytes += record.batch.size();
  }
  return bytes;
}

StatusOr<size_t> MemoryStore::Prune(const collector::Retention& retention, size_t records,
                                    int64_t now_unix_ns) {
  size_t removed = 0;
  for (auto& [id, device] : devices_) {
    std::multimap<int64_t, RecordCursor> by_age;
    for (const auto& [cursor, name] : device.ordered) {
      by_age.emplace(AgeOf(device, device.runs.at(name.run), RecordAt(device, name)), cursor);
    }
    const bool full = retention.bytes > 0 && BytesOf(device) > retention.bytes;
    const int64_t before = full ? now_unix_ns
                           : retention.age > absl::ZeroDuration()
                               ? now_unix_ns - absl::ToInt64Nanoseconds(retention.age)
                               : std::numeric_limits<int64_t>::min();
    for (const auto& [age, cursor] : by_age) {
      if (age >= before || removed == records) break;
      const RecordName name = device.ordered.at(cursor);
      device.ordered.erase(cursor);
      device.runs.at(name.run).records.erase(name.seq);
      ++removed;
    }
  }
  return removed;
}

void MemoryStore::NoteReport(Device& device, const std::optional<collector::DeviceReport>& report,
                             int64_t now_unix_ns) {
  if (!report) return;
  auto merged = *report;
  if (const auto& before = device.row.report) {
    if (merged.settings.empty()) merged.settings = before->settings;
    if (!merged.sensors) merged.sensors = before->sensors;
  }
  device.row.report = std::move(merged);
  device.row.reported_unix_ns = now_unix_ns;
}

StatusOr<std::vector<collector::DeviceName>> MemoryStore::DeviceNames() {
  std::vector<collector::DeviceName> names;
  GODWIT_ASSIGN_OR_RETURN(const auto rows, Devices());
  for (const DeviceRow& row : rows) {
    names.push_back({row.key, row.facts.device_id, row.facts.name});
  }
  return names;
}

StatusOr<uint64_t> MemoryStore::MissingTicks(int64_t key, collector::TimeRange times) {
  const Device* const device = FindDevice(key);
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
  std::stable_sort(blocks.begin(), blocks.end(),
                   [](const auto& a, const auto& b) { return a.first_unix_ns < b.first_unix_ns; });
  collector::MissingTickCount count;
  for (const collector::BlockSpan& block : blocks) count.Add(block);
  return count.missing();
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
    for (const auto& [cursor, name] : device.ordered) {
      const IncomingRecord& record = RecordAt(device, name);
      if (record.blocks.empty()) continue;
      row.newest_unix_ns =
          std::max(row.newest_unix_ns,
                   collector::AddSaturated(record.last_unix_ns, ShiftOf(device, record)));
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

std::optional<StoredRecord> MemoryStore::Stored(const Device& device, const RecordCursor& cursor,
                                                TimeRange times) {
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
  const Device* const device = FindDevice(key);
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
  const Device* const device = FindDevice(key);
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

StatusOr<std::optional<StoredRecord>> MemoryStore::NextCommitted(int64_t key, int64_t after_key) {
  std::optional<StoredRecord> best;
  const Device* const device = FindDevice(key);
  if (device == nullptr) return best;
  for (const auto& [cursor, name] : device->ordered) {
    auto stored = Stored(*device, cursor, {});
    if (stored->place.key <= after_key) continue;
    if (!best || stored->place.key < best->place.key) best = std::move(stored);
  }
  return best;
}

// Its records stay as they came.
StatusOr<std::string> MemoryStore::Slice(int64_t) {
  return Error(StatusCode::kNotFound, "no such slice");
}

StatusOr<std::vector<Head>> MemoryStore::Heads(int64_t key) {
  std::map<TableId, Head> heads;
  if (const Device* const device = FindDevice(key)) {
    for (const auto& [cursor, name] : device->ordered) {
      const IncomingRecord& record = RecordAt(*device, name);
      for (const auto& block : record.blocks) {
        heads[block.table] = {block.table, cursor, record.batch, ShiftOf(*device, record)};
      }
    }
  }
  std::vector<Head> out;
  for (auto& [id, head] : heads) out.push_back(head);
  std::sort(out.begin(), out.end(),
            [](const Head& a, const Head& b) { return a.cursor < b.cursor; });
  return out;
}

StatusOr<std::vector<TableId>> MemoryStore::Tables(int64_t key) {
  const Device* const device = FindDevice(key);
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
  const Device* const device = FindDevice(key);
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
  const Device* const device = FindDevice(key);
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

StatusOr<collector::StoreFigures> MemoryStore::Figures() {
  collector::StoreFigures figures{.devices = devices_.size()};
  for (const auto& [id, device] : devices_) {
    figures.samples += device.row.samples;
    figures.bytes += BytesOf(device);
  }
  return figures;
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
