#include "tests/sim/disk_view.h"

#include <algorithm>
#include <tuple>

#include "base/text.h"

namespace godwit::sim {

using reference::SpoolEntry;
using reference::SpoolFileName;

namespace {

// Whether one of the entries is this table.
bool Names(const std::vector<SpoolEntry>& entries, const std::string& id) {
  return std::any_of(entries.begin(), entries.end(), [&](const SpoolEntry& entry) {
    return entry.type == SpoolEntry::kTable && entry.tables.front() == id;
  });
}

}  // namespace

DiskView::Known& DiskView::Read(const std::string& path) {
  const auto [at, is_new] = known_.try_emplace(path);
  Known& known = at->second;
  if (is_new) known.name = reference::ParseSpoolFileName(path);
  if (!known.name) return known;
  const std::string& bytes = disk_.BytesOf(path);
  if (const uint64_t version = disk_.VersionOf(path); known.version != version) {
    known.version = version;
    known.bytes = 0;
    known.entries.clear();
  }
  if (known.bytes == bytes.size()) return known;
  known.bytes = bytes.size();
  const size_t from =
      known.entries.empty() ? 0 : known.entries.back().offset + known.entries.back().bytes;
  reference::ReadSpoolEntries(*known.name, bytes, device_id_, from, known.entries);
  return known;
}

const std::vector<SpoolEntry>& DiskView::EntriesOf(const std::string& path) {
  return Read(path).entries;
}

// In the order of runs and first sequence numbers; of one run, or of all (0). `visit` gets the
// name, the path and its entries.
template <typename Visit>
void DiskView::ForEachFile(SpoolFileName::Kind kind, RunId run, Visit visit) {
  disk_.ForEachPath(run == 0 ? folder_ : Cat(folder_, Hex(run)), [&](const std::string& path) {
    const Known& file = Read(path);
    if (file.name && file.name->kind == kind) visit(*file.name, path, file.entries);
  });
}

std::set<RecordName> DiskView::Records() {
  std::set<RecordName> names;
  ForEachFile(SpoolFileName::kSegment, 0,
              [&](const SpoolFileName& file, const auto&, const auto& in) {
                for (const SpoolEntry& entry : in) {
                  if (entry.type == SpoolEntry::kRecord) names.insert(NameOf(file, entry));
                }
              });
  return names;
}

template <typename Fits>
bool DiskView::AnyEntryOf(const RecordName& name, Fits fits) {
  bool any = false;
  ForEachFile(SpoolFileName::kSegment, name.run,
              [&](const auto&, const auto& path, const auto& in) {
                any |= std::any_of(in.begin(), in.end(), [&](const SpoolEntry& entry) {
                  return entry.type == SpoolEntry::kRecord && entry.seq == name.seq &&
                         fits(path, entry, in);
                });
              });
  return any;
}

bool DiskView::HasBytes(const RecordName& name) {
  return AnyEntryOf(name, [](const auto&, const SpoolEntry&, const auto&) { return true; });
}

bool DiskView::Holds(const RecordName& name) {
  return AnyEntryOf(name, [&](const auto&, const SpoolEntry& entry, const auto& in) {
    return HasTablesOf(entry, in);
  });
}

bool DiskView::HoldsSynced(const RecordName& name) {
  return AnyEntryOf(name, [&](const auto& path, const SpoolEntry& entry, const auto& in) {
    return disk_.IsDurable(path, entry.offset, entry.bytes) && HasTablesOf(entry, in);
  });
}

bool DiskView::HasTablesOf(const SpoolEntry& record, const std::vector<SpoolEntry>& beside_it) {
  return std::all_of(record.tables.begin(), record.tables.end(),
                     [&](const auto& id) { return Names(beside_it, id) || HasTable(id); });
}

bool DiskView::HasTable(const std::string& id) {
  bool has = false;
  ForEachFile(SpoolFileName::kSegment, 0,
              [&](const auto&, const auto&, const auto& in) { has |= Names(in, id); });
  return has;
}

bool DiskView::HasDurable(const std::string& path, const Known& file, Seq seq) const {
  return std::any_of(file.entries.rbegin(), file.entries.rend(), [&](const SpoolEntry& entry) {
    return entry.type == SpoolEntry::kRecord && entry.seq == seq &&
           disk_.IsDurable(path, entry.offset, entry.bytes);
  });
}

std::string DiskView::NewestSegmentFor(const RecordName& name) {
  // Segments of a run are named by their first sequence numbers: none behind this name can have it.
  const std::string of_run = Cat(folder_, Hex(name.run));
  std::string path = Cat(of_run, "-", Hex(name.seq), "-~");
  while (!(path = disk_.LastPathBefore(path, of_run)).empty()) {
    const Known& file = Read(path);
    if (file.name && file.name->kind == SpoolFileName::kSegment) break;
  }
  return path;
}

bool DiskView::IsDurable(const RecordName& name) {
  const std::string path = NewestSegmentFor(name);
  return !path.empty() && HasDurable(path, Read(path), name.seq);
}

bool DiskView::HasItsTables(const RecordName& name) {
  const std::vector<SpoolEntry>& entries = EntriesOf(NewestSegmentFor(name));
  return std::all_of(entries.begin(), entries.end(), [&](const SpoolEntry& entry) {
    return entry.type != SpoolEntry::kRecord || entry.seq != name.seq ||
           std::all_of(entry.tables.begin(), entry.tables.end(),
                       [&](const auto& id) { return Names(entries, id); });
  });
}

bool DiskView::IsDurableBesides(const RecordName& name, const std::string& besides) {
  bool durable = false;
  disk_.ForEachPath(Cat(folder_, Hex(name.run)), [&](const std::string& path) {
    if (durable || path == besides) return;
    const Known& file = Read(path);
    durable = file.name && file.name->kind == SpoolFileName::kSegment &&
              file.name->first_seq <= name.seq && HasDurable(path, file, name.seq);
  });
  return durable;
}

bool DiskView::HasCopy(const RecordName& name) {
  bool has = false;
  for (const auto kind : {SpoolFileName::kRejected, SpoolFileName::kConflict}) {
    ForEachFile(kind, name.run, [&](const SpoolFileName& file, const auto&, const auto& entries) {
      if (file.first_seq != name.seq) return;
      for (const SpoolEntry& entry : entries) {
        has |= entry.type == SpoolEntry::kRecord && entry.seq == name.seq &&
               std::all_of(entry.tables.begin(), entry.tables.end(),
                           [&](const auto& id) { return Names(entries, id); });
      }
    });
  }
  return has;
}

DiskView::End DiskView::EndOf(RunId run) {
  std::tuple<uint64_t, uint64_t> newest;
  End end = End::kNone;
  ForEachFile(SpoolFileName::kSegment, run,
              [&](const auto& file, const auto& path, const auto& in) {
                if (in.empty() || std::tuple(file.first_seq, file.attempt) < newest) return;
                newest = {file.first_seq, file.attempt};
                const SpoolEntry& last = in.back();
                end = last.type != SpoolEntry::kEnd                    ? End::kNone
                      : disk_.IsDurable(path, last.offset, last.bytes) ? End::kDurable
                                                                       : End::kUnsynced;
              });
  return end;
}

bool DiskView::HasTrace(RunId run) {
  bool has = false;
  ForEachFile(SpoolFileName::kSegment, run, [&](const auto&, const auto&, const auto& in) {
    has |= std::any_of(in.begin(), in.end(),
                       [](const auto& entry) { return entry.type == SpoolEntry::kHeader; });
  });
  return has;
}

}  // namespace godwit::sim
