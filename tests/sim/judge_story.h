// A story for the judge: what happened on a device, what the store says of it, and what is on the
// disks. Tests build it one fact at a time, through the public calls of the ledger and the store.
#pragma once

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "base/checksum.h"
#include "codec/batch_codec.h"
#include "tests/sim/judge.h"
#include "tests/sim/sim_scheduler.h"
#include "tests/sim/violation_text.h"

namespace godwit::sim {

inline constexpr RunId kRun = 7;
inline constexpr RunId kOtherRun = 8;
inline constexpr int64_t kSecondNs = 1'000'000'000;
inline const TableId kTable(kTableIdSize, 't');
inline const BootId kBoot(kBootIdSize, 'b');
// When the sensor of a story is read, on the boot clock.
inline constexpr absl::Duration kReadAt = absl::Hours(1);

inline int64_t TrueWallOffsetNs() {
  return absl::ToUnixNanos(SimClock::TrueTimeAt(absl::ZeroDuration()));
}

// A batch with one reading of one series.
inline Batch BatchOf(int64_t wall_offset_ns, bool synchronised) {
  Column column;
  column.Append(int64_t{5});
  const int64_t due = wall_offset_ns + absl::ToInt64Nanoseconds(kReadAt);
  return {.boot_id = kBoot,
          .wall_offset_ns = wall_offset_ns,
          .wall_synchronised = synchronised,
          .blocks = {{.table = kTable,
                      .interval_ns = kSecondNs,
                      .ticks = {{.time_unix_ns = due}},
                      .columns = {column}}}};
}

// What happened, what the store says of it, and what is on the disks.
struct Story {
  Story() { Begin(kRun); }

  void Begin(RunId run) { ledger.RunBegan(run, kBoot); }
  // The process of the run ends; `end` is what its disk says afterwards.
  void Finish(DiskView::End end, RunId run = kRun, bool traced = true) {
    ledger.RunEnded(run, {run}, end, traced, store);
  }
  // A record that the spool has not promised.
  RecordName Unsafe(RunId run = kRun) { return ledger.AttemptOpaque(run, Bytes()); }
  RecordName Safe(RunId run = kRun) { return Promise(Unsafe(run)); }
  RecordName Promise(const RecordName& name) {
    ledger.Promise(name);
    ledger.StopWaiting(name);
    return name;
  }
  // A sensor gives its value, and nothing is made of it.
  void Read(const Batch& batch) {
    ledger.ReadingTaken(kRun, kTable,
                        {.values = {int64_t{5}},
                         .resolutions = {0},
                         .at = kReadAt,
                         .wall_offset = absl::Nanoseconds(batch.wall_offset_ns),
                         .wall_synchronised = batch.wall_synchronised,
                         .interval = absl::Seconds(1)});
  }
  // A safe record whose bytes no collector takes.
  RecordName Unreadable(bool disk_troubled = false) {
    const Batch batch = BatchOf(TrueWallOffsetNs(), true);
    Read(batch);
    const RecordName name = ledger.Attempt(kRun, *EncodeBatch(batch), Bytes());
    if (disk_troubled) ledger.NoteTrouble(kRun, true, false);
    return Promise(name);
  }
  static std::string Bytes() { return "the bytes of a batch"; }

  // The device opens a session.
  void Report(const std::vector<collector::HeldRun>& runs,
              const std::vector<collector::ReportedLoss>& losses = {},
              const std::string& device = "dev") {
    ASSERT_TRUE(store
                    .OpenSession({.device = {.device_id = device, .boot_id = kBoot},
                                  .runs = runs,
                                  .losses = losses,
                                  .now_unix_ns = 5})
                    .ok());
  }
  // The device reports every record up to this one that is not stored as lost.
  void Gap(const RecordName& last, const std::string& reason) {
    Report({{.run = last.run, .last_seq = last.seq}},
           {{.run = last.run, .seqs = {1, last.seq}, .reason = reason}});
  }
  // The run is called cut off.
  void CallCutOff(RunId run = kRun) { Report({{.run = run, .unclean_end = true}}); }
  void Commit(MemoryStore& to, const RecordName& name, const std::string& batch,
              const std::string& device = "dev") {
    const auto outcomes = to.Commit(
        {{.device_id = device,
          .record =
              collector::IncomingRecord{
                  .name = name, .checksum = Checksum(batch), .batch = batch, .clock = {kBoot}}}},
        9);
    ASSERT_EQ(outcomes->front(), collector::Outcome::kCommitted);
  }
  void Store(const RecordName& name, const std::string& batch = Bytes()) {
    Report({});
    Commit(store, name, batch);
  }
  // The device reports that a copy is quarantined.
  void Reject(const RecordName& name) {
    Report({});
    ASSERT_TRUE(
        store.Commit({{.device_id = "dev", .quarantined = {{name.run, {name.seq, name.seq}}}}}, 9)
            .ok());
  }

  // As at the end, when everything has to be accounted for.
  std::string Violations() {
    ledger.CallDue();
    return ViolationsSoFar();
  }
  std::string ViolationsSoFar() {
    return Judge(ledger, store,
                 {.holds = [&](const RecordName& name) { return on_disk.contains(name); },
                  .has_bytes =
                      [&](const RecordName& name) {
                        return on_disk.contains(name) || without_tables.contains(name);
                      },
                  .has_copy = [&](const RecordName& name) { return copies.contains(name); }})
        .Violations();
  }

  Ledger ledger;
  MemoryStore store{"store"};
  std::set<RecordName> on_disk;
  std::set<RecordName> without_tables;  // on a disk, and their tables are not
  std::set<RecordName> copies;
};

// Violations as the judge words them.
inline std::string LostInTheMiddle() {
  return Cat("a record of run ", Hex(kRun), " is lost in the middle of the run; ");
}
inline std::string LostAtTheEnd() {
  return Cat("samples at the end of run ", Hex(kRun), " are lost, and nobody says so; ");
}

}  // namespace godwit::sim
