#include "tests/sim/damage.h"

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "agent/spool/spool.h"
#include "base/check.h"
#include "base/text.h"
#include "tests/sim/sim_file_system.h"

namespace godwit::sim {
namespace {

using agent::EntryType;

constexpr char kFolder[] = "/spool";
// From one byte to more than a resync interval; each several times, with none to three tables.
constexpr size_t kBatchSizes[] = {1, 7, 48, 100, 511, 513, 1000, 3000};
constexpr size_t kLargeBatch = agent::kResyncBytes + 100;
constexpr int kRuns = 3;
constexpr int kRecordsPerRun = 14;

// What was written where.
struct Written {
  std::string path;
  agent::SegmentName name;
  std::string bytes;
  std::vector<agent::EntryPlace> entries;
};

class DamagedSpool {
 public:
  DamagedSpool() {
    for (int run = 0; run < kRuns; ++run) WriteRun(run);
    const auto files = disk_.List(kFolder);
    for (const FileEntry& entry : *files) NoteSegment(entry.name);
  }

  const std::vector<Written>& segments() const { return segments_; }
  size_t records() const { return batches_.size(); }
  uint64_t bytes() const {
    uint64_t bytes = 0;
    for (const Written& segment : segments_) bytes += segment.bytes.size();
    return bytes;
  }

  // Opens the spool with these bytes in place of the segment's, reads all, and puts it back. Empty,
  // or what is wrong. Only the records in `not_spared` may be lost.
  std::string Try(const Written& segment, const std::string& damaged,
                  const std::set<RecordName>& not_spared) {
    disk_.SetBytes(segment.path, damaged);
    const std::string violation = ReadAll(not_spared);
    disk_.SetBytes(segment.path, segment.bytes);
    const auto files = disk_.List(kFolder);
    for (const FileEntry& entry : *files) {
      const std::string path = Cat(kFolder, "/", entry.name);
      if (!originals_.contains(path)) GODWIT_CHECK(disk_.Remove(path).ok());
    }
    return violation;
  }

  static RecordName NameOf(const Written& segment, const agent::EntryPlace& place) {
    return {segment.name.run, place.header.seq};
  }

 private:
  std::unique_ptr<agent::Spool> Open() {
    auto spool = agent::Spool::Open({.path = kFolder,
                                     .device_id = "device",
                                     .boot_id = BootId(kBootIdSize, 'b'),
                                     .segment_bytes = agent::kResyncBytes + 8192},
                                    disk_, random_);
    return spool.ok() ? *std::move(spool) : nullptr;
  }

  void WriteRun(int number) {
    const auto spool = Open();
    GODWIT_CHECK(spool != nullptr);
    runs_.insert(spool->run());
    for (int i = 0; i < kRecordsPerRun; ++i) {
      const size_t size = number == 1 && i == 2
                              ? kLargeBatch
                              : kBatchSizes[static_cast<size_t>(i) % std::size(kBatchSizes)];
      agent::NewRecord record{.batch = std::string(size, static_cast<char>('A' + i)),
                              .first_unix_ns = i,
                              .last_unix_ns = i + 1};
      for (int table = 0; table < i % 4; ++table) {
        const auto letter = static_cast<char>('a' + table);
        record.tables.push_back({std::string(kTableIdSize, letter), std::string(40, letter)});
      }
      const std::string batch = record.batch;
      if (i == 5) spool->Lose(agent::LossReason::kOverload);
      batches_[spool->Append(std::move(record)).name] = batch;
    }
    if (number != 1) spool->End();
  }

  void NoteSegment(const std::string& file_name) {
    Written written{.path = Cat(kFolder, "/", file_name),
                    .name = *agent::ParseSegmentFileName(file_name)};
    written.bytes = disk_.BytesOf(written.path);
    const auto file = *disk_.Open(written.path);
    agent::SegmentReader reader(*file, written.name, "device");
    while (const auto entry = *reader.Next()) written.entries.push_back(entry->place);
    GODWIT_CHECK(reader.damaged_bytes() == 0);
    originals_.insert(written.path);
    segments_.push_back(std::move(written));
  }

  std::string ReadAll(const std::set<RecordName>& not_spared) {
    const auto spool = Open();
    if (spool == nullptr) return "it does not open";
    std::set<RecordName> read;
    std::optional<RecordName> at;
    while ((at = spool->Next(at))) {
      const auto record = spool->Read(*at);
      if (!record.ok()) continue;
      const auto original = batches_.find(*at);
      if (original == batches_.end()) return Cat("delivered what was never written: ", at->seq);
      if (original->second != record->batch) return Cat("delivered altered: ", at->seq);
      for (const TableId& id : record->tables) {
        const auto table = spool->ReadTable(id);
        if (!table.ok() || *table != std::string(40, id[0])) return "a table is gone or altered";
      }
      read.insert(*at);
    }
    for (const auto& [name, batch] : batches_) {
      if (!read.contains(name) && !not_spared.contains(name)) {
        return Cat("lost: ", Hex(name.run), "/", name.seq);
      }
    }
    // Whatever is damaged, the runs are known, and no run is said to have got further than it did.
    std::map<RunId, agent::RunState> states;
    for (const agent::RunState& state : spool->Runs()) states[state.run] = state;
    for (const RunId run : runs_) {
      if (!states.contains(run)) return Cat("forgot run ", Hex(run));
      if (states.at(run).last_seq > kRecordsPerRun + 1) return "claims records that never were";
    }
    return {};
  }

  SimScheduler scheduler_{1};
  SimRandom random_{scheduler_};
  SimFileSystem disk_{scheduler_};
  std::map<RecordName, std::string> batches_;
  std::set<RunId> runs_;
  std::vector<Written> segments_;
  std::set<std::string> originals_;
};

DamageReport Begin(const DamagedSpool& spool) {
  return {.segments = spool.segments().size(), .records = spool.records(), .bytes = spool.bytes()};
}

std::string Place(const Written& segment, size_t at, const std::string& violation) {
  return Cat(segment.path, " at byte ", at, " of ", segment.bytes.size(), ": ", violation);
}

}  // namespace

DamageReport CutEverywhere(uint64_t stride) {
  DamagedSpool spool;
  DamageReport report = Begin(spool);
  for (const Written& segment : spool.segments()) {
    for (size_t size = 0; size < segment.bytes.size(); size += stride) {
      std::set<RecordName> behind;
      for (const agent::EntryPlace& place : segment.entries) {
        const size_t end = place.offset + agent::kEntryHeaderBytes + place.header.payload_bytes;
        if (end > size && place.header.type == EntryType::kRecord) {
          behind.insert(DamagedSpool::NameOf(segment, place));
        }
      }
      ++report.damages;
      const std::string violation = spool.Try(segment, segment.bytes.substr(0, size), behind);
      if (violation.empty()) continue;
      report.violation = Place(segment, size, violation);
      return report;
    }
  }
  return report;
}

DamageReport FlipEverywhere(uint64_t stride) {
  DamagedSpool spool;
  DamageReport report = Begin(spool);
  for (const Written& segment : spool.segments()) {
    for (const agent::EntryPlace& place : segment.entries) {
      std::set<RecordName> hit;
      if (place.header.type == EntryType::kRecord) {
        hit.insert(DamagedSpool::NameOf(segment, place));
      }
      const size_t end = place.offset + agent::kEntryHeaderBytes + place.header.payload_bytes;
      const size_t first = (place.offset + stride - 1) / stride * stride;
      for (size_t at = first; at < end; at += stride) {
        std::string damaged = segment.bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
        ++report.damages;
        const std::string violation = spool.Try(segment, damaged, hit);
        if (violation.empty()) continue;
        report.violation = Place(segment, at, violation);
        return report;
      }
    }
  }
  return report;
}

}  // namespace godwit::sim
