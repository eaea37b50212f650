#include "tests/sim/memory_store.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "collector/limits.h"

namespace godwit::sim {

using collector::Delivery;
using collector::HeldRun;
using collector::IncomingRecord;
using collector::Outcome;
using collector::RecordCursor;
using collector::SessionAnswer;
using collector::SessionOpening;

MemoryStore::Run& MemoryStore::PutRun(DeviceState& device, RunId id, RunId follows) {
  if (const auto found = device.runs.find(id); found != device.runs.end()) {
    // Known by a record or a copy alone until now.
    if (found->second.follows == 0) found->second.follows = follows;
    return found->second;
  }
  uint64_t order = 1;
  if (follows != 0) {
    order = PutRun(device, follows, 0).order + 1;
  } else {
    for (const auto& [other, run] : device.runs) order = std::max(order, run.order + 1);
  }
  return InsertRun(device, id, follows, order);
}

MemoryStore::Run& MemoryStore::PutRunBefore(DeviceState& device, RunId id, const Run& next) {
  if (const auto found = device.runs.find(id); found != device.runs.end()) return found->second;
  return InsertRun(device, id, 0, std::max<uint64_t>(next.order, 1) - 1);
}

MemoryStore::Run& MemoryStore::InsertRun(DeviceState& device, RunId id, RunId follows,
                                         uint64_t order) {
  Run& run = device.runs[id];
  run.order = order;
  run.key = ++run_keys_;
  run.id = id;
  run.follows = follows;
  return run;
}

StatusOr<std::vector<Status>> MemoryStore::Write(
    const std::vector<collector::StoreOperation>& operations) {
  std::vector<Status> results;
  for (const collector::StoreOperation& operation : operations) {
    results.push_back(operation(*this));
  }
  return results;
}

StatusOr<SessionAnswer> MemoryStore::OpenSession(const SessionOpening& opening) {
  if (!devices_.contains(opening.device.device_id) &&
      devices_.size() >= static_cast<size_t>(collector::kDevicesMax)) {
    return Error(StatusCode::kResourceExhausted, "store: it has too many devices already");
  }
  DeviceState& device = devices_[opening.device.device_id];
  if (device.row.key == 0) {
    device.row.key = static_cast<int64_t>(devices_.size());
    device_ids_[device.row.key] = opening.device.device_id;
  }
  device.row.facts = opening.device;
  device.row.last_seen_unix_ns = opening.now_unix_ns;
  return OpenSessionOf(device, opening);
}

SessionAnswer MemoryStore::OpenSessionOf(DeviceState& device, const SessionOpening& opening) {
  if (const Refusal postponed = AdmitSession(device, opening)) return {.postponed = postponed};
  NoteBoot(device, opening);
  NoteReport(device, opening.report, opening.now_unix_ns);
  std::map<RunId, SeqSet> held;
  for (const HeldRun& run : opening.runs) {
    held[run.run] = run.held;
    PutRun(device, run.run, run.follows_run);
  }
  for (const auto& copies : opening.quarantined) {
    SettleRejected(device, copies, opening.now_unix_ns);
  }
  const auto reconcile = [&](Run& run, Seq last_seq, const SeqSet& still_held) {
    for (const auto& loss : opening.losses) {
      if (loss.run != run.id) continue;
      std::erase_if(run.rejected, [&](Seq seq) {
        const bool lost = seq >= loss.seqs.first && seq <= loss.seqs.last &&
                          !still_held.Contains(seq) && !collector::HasCopy(opening, {run.id, seq});
        if (lost) run.gaps[loss.reason].Add(seq);
        return lost;
      });
    }
    // A run that is over got at least as far as what is stored of it.
    const bool over = run.id != opening.runs.back().run;
    if (over && !run.settled.empty()) {
      last_seq = std::max(last_seq, run.settled.Ranges().back().last);
    }
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
    reconcile(run, reported.last_seq, reported.held);
    run.unclean_end |= reported.unclean_end;
    if (reported.follows_run != 0) {
      reconcile(PutRunBefore(device, reported.follows_run, run), reported.follows_last_seq,
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
      for (const auto& copies : opening.quarantined) {
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
  DeviceState& device = devices_.at(delivery.device_id);
  NoteReport(device, delivery.report, now_unix_ns);
  for (const auto& copies : delivery.quarantined) SettleRejected(device, copies, now_unix_ns);
  if (const Refusal refusal = AdmitRecord(device, delivery, now_unix_ns)) {
    return collector::OutcomeOf(refusal->bound);
  }
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
  PutHeads(device, run, record, now_unix_ns);
  ++device.row.records;
  device.row.samples += record.samples;
  return Outcome::kCommitted;
}

void MemoryStore::RaiseAlert(DeviceState& device, const std::string& kind, int64_t now_unix_ns) {
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

void MemoryStore::NoteFirstCommit(DeviceState& device, Run& run, int64_t now_unix_ns) {
  if (std::exchange(run.has_commits, true) || run.follows == 0) return;
  for (const auto& [id, other] : device.runs) {
    if (id == run.id || other.follows != run.follows || !other.has_commits) continue;
    return RaiseAlert(device, "cloned", now_unix_ns);
  }
}

void MemoryStore::PutHeads(DeviceState& device, const Run& run, const IncomingRecord& record,
                           int64_t now_unix_ns) {
  const RecordCursor cursor{run.order, run.key, record.name.seq};
  const std::pair age{AgeOf(device, run, record), run.order};
  bool overtakes = false;
  for (const auto& block : record.blocks) {
    const auto [head, is_new] = device.heads.try_emplace(block.table, cursor);
    const auto stored = device.ordered.find(head->second);
    if (is_new || stored == device.ordered.end()) {
      head->second = cursor;
      continue;
    }
    const bool same_run = head->second.run_key == run.key;
    const IncomingRecord& other = RecordAt(device, stored->second);
    const std::pair head_age{AgeOf(device, device.runs.at(stored->second.run), other),
                             head->second.run_order};
    const bool by_time = Timed(device, record) && Timed(device, other);
    const bool newer = same_run  ? cursor.seq >= head->second.seq
                       : by_time ? age >= head_age
                                 : run.order >= head->second.run_order;
    if (!newer) continue;
    overtakes |= !same_run && run.order < head->second.run_order;
    head->second = cursor;
  }
  if (overtakes) RaiseAlert(device, "identity shared", now_unix_ns);
}

void MemoryStore::NoteBoot(DeviceState& device, const SessionOpening& opening) {
  Boot& boot = device.boots[opening.device.boot_id];
  if (boot.superseded_unix_ns && opening.now_unix_ns - *boot.superseded_unix_ns >=
                                     absl::ToInt64Nanoseconds(collector::kSharedIdentityAfter)) {
    RaiseAlert(device, "identity shared", opening.now_unix_ns);
  }
  for (auto& [id, other] : device.boots) {
    if (!other.superseded_unix_ns) other.superseded_unix_ns = opening.now_unix_ns;
  }
  boot.superseded_unix_ns.reset();
  boot.clock.Learn(opening.device, opening.HeardUnixNs());
}

void MemoryStore::SettleRejected(DeviceState& device, const collector::QuarantinedRecords& copies,
                                 int64_t now_unix_ns) {
  Run& run = PutRun(device, copies.run, 0);
  for (auto& [reason, gaps] : run.gaps) {
    SeqSet copied({copies.seqs});
    for (const SeqRange& open : gaps.Missing(copies.seqs)) copied.Remove(open);
    for (const SeqRange& range : copied.Ranges()) {
      gaps.Remove(range);
      run.settled.Remove(range);
    }
  }
  for (const SeqRange& range : run.settled.Missing(copies.seqs)) {
    for (Seq seq = range.first; seq <= range.last; ++seq) run.rejected.insert(seq);
    run.settled.Add(range);
    RaiseAlert(device, "rejected", now_unix_ns);
  }
}

int64_t MemoryStore::ShiftOf(const DeviceState& device, const IncomingRecord& record) {
  return device.boots.at(record.clock.boot_id).clock.ShiftOf(record.clock);
}

bool MemoryStore::Timed(const DeviceState& device, const IncomingRecord& record) {
  return device.boots.at(record.clock.boot_id).clock.QualityOf(record.clock) !=
         collector::TimeQuality::kUnknown;
}

int64_t MemoryStore::AgeOf(const DeviceState& device, const Run& run,
                           const IncomingRecord& record) {
  const int64_t committed = run.committed_unix_ns.at(record.name.seq);
  if (!Timed(device, record)) return committed;
  return std::min(committed, collector::AddSaturated(record.last_unix_ns, ShiftOf(device, record)));
}

ByteCount MemoryStore::BytesOf(const DeviceState& device) {
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

void MemoryStore::NoteReport(DeviceState& device,
                             const std::optional<collector::DeviceReport>& report,
                             int64_t now_unix_ns) {
  if (!report) return;
  auto merged = *report;
  if (const auto& before = device.row.report) {
    if (merged.settings.empty()) merged.settings = before->settings;
    if (!merged.sensors) merged.sensors = before->sensors;
    if (merged.wall_source.empty()) merged.wall_source = before->wall_source;
  }
  if (!report->wall_source.empty()) {
    device.row.facts.wall_synchronised = report->wall_synchronised;
  }
  merged.wall_synchronised = device.row.facts.wall_synchronised;
  device.row.report = std::move(merged);
  device.row.reported_unix_ns = now_unix_ns;
}

}  // namespace godwit::sim
