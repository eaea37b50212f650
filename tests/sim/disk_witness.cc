#include "tests/sim/disk_witness.h"

#include <algorithm>
#include <limits>

#include "base/text.h"

namespace godwit::sim {
namespace {

using reference::SpoolEntry;
using reference::SpoolFileName;

// What a spool may want to have free at once: a segment and its opening, twice, a large record, and
// the openings that it keeps free (docs/spool-format.md). An opening names up to 32 runs, twice,
// and up to 256 losses.
constexpr ByteCount kRoomForRecord = 16 << 10;
constexpr ByteCount kRoomForOpenings = 2 * ((4 << 10) + 2 * (56 + 32 * 24 + 400) + 260 * 88);
// Part of the disk that is kept free for others.
constexpr ByteCount kReserve = 10;

}  // namespace

DiskWitness::DiskWitness(SimFileSystem& disk, DiskView& view, Ledger& ledger,
                         const MemoryStore& store, const Bounds& bounds)
    : disk_(disk), view_(view), ledger_(ledger), store_(store), bounds_(bounds) {
  disk_.set_remove_witness([this](const std::string& path) { OnRemove(path); });
  disk_.set_hide_witness([this](const std::string& path) { OnHide(path); });
}

bool DiskWitness::ShortOfRoom() const {
  const ByteCount wanted = 2 * bounds_.segment_bytes + kRoomForRecord + kRoomForOpenings;
  return disk_.blocks() + wanted > bounds_.spool_bytes ||
         disk_.UsedBytes() + disk_.space() / kReserve > disk_.space();
}

void DiskWitness::NotePromise(const RecordName& name) {
  if (!view_.IsDurable(name)) {
    violations_ += Cat("promised, and not on the disk: ", Hex(name.run), "/", name.seq, "; ");
  }
  TakePromise(name);
}

void DiskWitness::TakePromise(const RecordName& name) {
  ledger_.Promise(name);
  ledger_.StopWaiting(name);
  if (view_.HasItsTables(name)) return;
  // One of them was changed before the record came.
  const std::string path = view_.NewestSegmentFor(name);
  if (flipped_.contains(path)) return NoteDamage(name, path);
  violations_ +=
      Cat("promised, and its table is not on the disk: ", Hex(name.run), "/", name.seq, "; ");
}

// Whatever the spool says of it.
size_t DiskWitness::NoteWaiting(RunId run) {
  size_t written = 0;
  const std::set<RecordName> waiting = ledger_.waiting(run);
  for (const RecordName& name : waiting) {
    if (!view_.IsDurable(name)) continue;
    TakePromise(name);
    ++written;
  }
  return written;
}

// Whether it was stopped in order is on the disk, or not at all.
bool DiskWitness::NoteEnd(RunId run, const std::set<RunId>& machine_runs) {
  const DiskView::End end = view_.EndOf(run);
  ledger_.RunEnded(run, machine_runs, end, view_.HasTrace(run), store_);
  return end == DiskView::End::kDurable;
}

void DiskWitness::OnRemove(const std::string& path) {
  const auto name = reference::ParseSpoolFileName(path);
  if (!name) return;
  if (name->kind == SpoolFileName::kSegment) return OnRemoveSegment(*name, path);
  const RecordName record{name->run, name->first_seq};
  // One whose name was not synced is none yet.
  const bool durable = disk_.IsDurable(path, 0, disk_.BytesOf(path).size());
  if (!durable || !view_.HasCopy(record) || store_.Find(record) != nullptr || view_.Holds(record)) {
    return;
  }
  const Issue* const issue = ledger_.Find(record);
  if (issue != nullptr && issue->forgotten) return;
  violations_ +=
      Cat("a copy is removed, and nobody has it: ", Hex(record.run), "/", record.seq, "; ");
}

// A start meanwhile finds another end of the run, or a hole in it. Of an earlier run, whose last
// segment may be gone, it does not find the end that this file states.
void DiskWitness::OnHide(const std::string& path) {
  const auto name = reference::ParseSpoolFileName(path);
  if (!name) return;
  std::vector<RecordName> records;
  for (const SpoolEntry& entry : view_.EntriesOf(path)) {
    if (entry.type == SpoolEntry::kRecord) records.push_back(DiskView::NameOf(*name, entry));
    for (const RunId run : entry.runs) ledger_.Hidden(run, {});
  }
  ledger_.Hidden(name->run, records);
  if (name->kind != SpoolFileName::kSegment) return;
  // A spool that has not read it takes all of these for lost with it.
  for (const RecordName& record : NamedBy(*name, path)) ledger_.NamedByHidden(record);
}

// By its name a segment has all records up to the next one's first, also those that are gone since.
std::vector<RecordName> DiskWitness::NamedBy(const SpoolFileName& name, const std::string& path) {
  Seq next_first = std::numeric_limits<Seq>::max();
  for (const std::string& other : disk_.Paths(path.substr(0, path.find('-')))) {
    const auto other_name = reference::ParseSpoolFileName(other);
    if (other_name && other_name->kind == SpoolFileName::kSegment &&
        other_name->first_seq > name.first_seq) {
      next_first = std::min(next_first, other_name->first_seq);
    }
  }
  std::vector<RecordName> records;
  const auto& issued = ledger_.issued();
  for (auto at = issued.lower_bound({name.run, name.first_seq});
       at != issued.end() && at->first.run == name.run && at->first.seq < next_first; ++at) {
    records.push_back(at->first);
  }
  return records;
}

void DiskWitness::NoteDropped(const SpoolFileName& name, const std::string& path) {
  for (const RecordName& record : damaged_in_[path]) ledger_.Dropped(record);
  for (const RecordName& record : NamedBy(name, path)) {
    if (!ledger_.Find(record)->safe) ledger_.Dropped(record);
  }
}

// A segment may go when the collector has what it holds, or as the oldest when there is no room.
void DiskWitness::OnRemoveSegment(const SpoolFileName& name, const std::string& path) {
  const bool may_drop = bounds_.when_full == agent::WhenFull::kDropOldest && ShortOfRoom();
  if (may_drop) NoteDropped(name, path);
  const std::vector<SpoolEntry> entries = view_.EntriesOf(path);
  for (const SpoolEntry& entry : entries) {
    if (entry.type != SpoolEntry::kRecord) continue;
    const RecordName record = DiskView::NameOf(name, entry);
    const Issue* const issue = ledger_.Find(record);
    if (issue == nullptr || view_.IsDurableBesides(record, path)) continue;
    // The promise is about a file that somebody has moved away; what is here never was synced.
    const bool superseded = issue->hidden && !disk_.IsDurable(path, entry.offset, entry.bytes);
    if (may_drop) {
      ledger_.Dropped(record);
    } else if (issue->safe && !issue->damaged && !issue->forgotten && !superseded &&
               !IsAccounted(store_, record)) {
      violations_ += Cat("removed, and nobody has it: ", Hex(record.run), "/", record.seq, "; ");
    }
  }
}

void DiskWitness::NoteDamage(const RecordName& name, const std::string& path) {
  if (ledger_.Find(name) == nullptr) return;  // of another machine's card
  ledger_.Damaged(name);
  damaged_in_[path].insert(name);
}

void DiskWitness::FlipByte() {
  // What lay there whole, before.
  std::map<std::string, std::vector<SpoolEntry>> before;
  for (const std::string& path : disk_.Paths()) before[path] = view_.EntriesOf(path);
  const SimFileSystem::Flipped flipped = disk_.FlipByte();
  const auto name = reference::ParseSpoolFileName(flipped.path);
  if (!name) return;
  flipped_.insert(flipped.path);
  const std::vector<SpoolEntry>& entries = before[flipped.path];
  const auto hit = std::find_if(entries.begin(), entries.end(), [&](const SpoolEntry& entry) {
    return entry.offset <= flipped.offset && flipped.offset < entry.offset + entry.bytes;
  });
  if (hit == entries.end()) return;
  if (name->kind != SpoolFileName::kSegment) {
    return ledger_.CopyDamaged({name->run, name->first_seq});
  }
  switch (hit->type) {
    case SpoolEntry::kRecord:
      return NoteDamage(DiskView::NameOf(*name, *hit), flipped.path);
    case SpoolEntry::kTable:
      for (const SpoolEntry& entry : entries) {
        const bool needs_it = std::find(entry.tables.begin(), entry.tables.end(),
                                        hit->tables.front()) != entry.tables.end();
        if (entry.type == SpoolEntry::kRecord && needs_it) {
          NoteDamage(DiskView::NameOf(*name, entry), flipped.path);
        }
      }
      return;
    default:
      return ledger_.OpeningDamaged(name->run);
  }
}

}  // namespace godwit::sim
