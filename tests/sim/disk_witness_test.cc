// Each rule of DiskWitness fails once, over a real spool.
#include "tests/sim/disk_witness.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "tests/sim/disk_fixture.h"
#include "tests/sim/violation_text.h"

namespace godwit::sim {
namespace {

using agent::Appended;
using agent::QuarantineKind;
using agent::WhenFull;
using reference::SpoolEntry;

class DiskWitnessTest : public DiskViewTest {
 protected:
  static constexpr DiskWitness::Bounds kAmple = {.spool_bytes = 8 << 20, .segment_bytes = 1 << 20};
  // Any spool is short of room within these.
  static constexpr DiskWitness::Bounds kFull = {.spool_bytes = 64 << 10, .segment_bytes = 64 << 10};

  void Begin(const DiskWitness::Bounds& bounds = kAmple) {
    Open();
    ledger_.RunBegan(spool_->run(), BootId(kBootIdSize, 'b'));
    witness_ = std::make_unique<DiskWitness>(disk_, view_, ledger_, store_, bounds);
  }
  // As the machine does it, but for the promise.
  Appended Write(const agent::NewRecord& record) {
    ledger_.AttemptOpaque(spool_->run(), record.batch);
    return spool_->Append(record);
  }
  RecordName WriteSafe(size_t size = 100) {
    const Appended appended = Write(Record(size));
    EXPECT_EQ(appended.fate, Appended::Fate::kSafe);
    witness_->NotePromise(appended.name);
    return appended.name;
  }
  // As a session of a device that lost these.
  void Account(const RecordName& name) {
    ASSERT_TRUE(store_
                    .OpenSession({.device = {.device_id = "dev"},
                                  .runs = {{.run = name.run, .last_seq = name.seq}}})
                    .ok());
  }
  void Remove(const std::string& path) { ASSERT_TRUE(disk_.Remove(path).ok()); }
  const Issue& IssueOf(const RecordName& name) { return *ledger_.Find(name); }

  Ledger ledger_;
  MemoryStore store_{"store"};
  std::unique_ptr<DiskWitness> witness_;
};

TEST_F(DiskWitnessTest, ASpoolThatKeepsItsPromisesHasNoViolation) {
  Begin();
  const RecordName name = WriteSafe();
  EXPECT_TRUE(IssueOf(name).safe);
  EXPECT_TRUE(ledger_.waiting(name.run).empty());
  EXPECT_EQ(witness_->violations(), "");
}

TEST_F(DiskWitnessTest, APromiseIsKeptByTheDisk) {
  void (*const faults[])(SimFileSystem&, bool) = {
      [](SimFileSystem& disk, bool fails) { disk.set_write_fails(fails); },
      [](SimFileSystem& disk, bool fails) { disk.set_sync_fails(fails); },
      [](SimFileSystem& disk, bool fails) { disk.set_read_only(fails); }};
  for (const auto fault : faults) {
    Begin();
    fault(disk_, true);
    const RecordName name = Write(Record(100)).name;
    witness_->NotePromise(name);
    EXPECT_EQ(witness_->violations(), Named("promised, and not on the disk", name));
    fault(disk_, false);
  }
}

TEST_F(DiskWitnessTest, ARecordThatWaitsInMemoryIsPromisedOnceItIsOnTheDisk) {
  Begin();
  disk_.set_write_fails(true);
  const RecordName waiting = Write(Record(100)).name;
  EXPECT_EQ(witness_->NoteWaiting(waiting.run), 0u);
  EXPECT_FALSE(IssueOf(waiting).safe);
  disk_.set_write_fails(false);
  WriteSafe();
  EXPECT_EQ(witness_->NoteWaiting(waiting.run), 1u);
  EXPECT_TRUE(IssueOf(waiting).safe);
  EXPECT_EQ(witness_->NoteWaiting(waiting.run), 0u);
}

TEST_F(DiskWitnessTest, TroubleBefallsARecordThatIsNotSafe) {
  Begin();
  const RecordName safe = WriteSafe();
  disk_.set_write_fails(true);
  const RecordName waiting = Write(Record(100)).name;
  witness_->NoteTrouble(waiting.run);
  EXPECT_TRUE(IssueOf(waiting).disk_troubled);
  EXPECT_FALSE(IssueOf(waiting).without_room);
  EXPECT_FALSE(IssueOf(safe).disk_troubled);
}

TEST_F(DiskWitnessTest, AFileIsOnlyRemovedIfSomebodyHasItsRecords) {
  Begin();
  const RecordName first = WriteSafe();
  const RecordName second = WriteSafe();
  Account(first);
  Remove(Path());
  EXPECT_EQ(witness_->violations(), Named("removed, and nobody has it", second));
  EXPECT_FALSE(IssueOf(second).dropped);
}

TEST_F(DiskWitnessTest, AFileWhoseRecordsTheCollectorHasMayBeRemoved) {
  Begin();
  WriteSafe();
  Account(WriteSafe());
  Remove(Path());
  EXPECT_EQ(witness_->violations(), "");
}

TEST_F(DiskWitnessTest, AFileWhoseRecordsTheCollectorHadMayBeRemoved) {
  Begin();
  Account(WriteSafe());
  ledger_.CollectorRestored(store_);
  store_ = MemoryStore("store");
  Remove(Path());
  EXPECT_EQ(witness_->violations(), "");
}

TEST_F(DiskWitnessTest, AFileWhoseRecordsAreNotPromisedMayBeRemoved) {
  Begin();
  Write(Record(100));
  Remove(Path());
  EXPECT_EQ(witness_->violations(), "");
}

// A record whose sync failed may lie in two segments once the disk takes it.
TEST_F(DiskWitnessTest, AFileWhoseRecordsLieElsewhereMayBeRemoved) {
  Begin();
  WriteSafe();
  const std::string abandoned = Path();
  disk_.FailNextSync();
  const RecordName twice = WriteSafe();
  const auto& entries = view_.EntriesOf(abandoned);
  ASSERT_TRUE(std::any_of(entries.begin(), entries.end(), [&](const SpoolEntry& entry) {
    return entry.type == SpoolEntry::kRecord && entry.seq == twice.seq;
  }));
  Account({twice.run, 1});
  Remove(abandoned);
  EXPECT_EQ(witness_->violations(), "");
  Remove(disk_.Paths(kFolder).back());
  EXPECT_EQ(witness_->violations(), Named("removed, and nobody has it", twice));
}

// What a failed sync left behind another record is no part of a promise: the file that is promised
// may be away by then, and is put back.
TEST_F(DiskWitnessTest, AFileWithAnUnsyncedCopyOfWhatIsAwayMayBeRemoved) {
  for (const bool synced : {false, true}) {
    Begin();
    Account(WriteSafe());
    const std::string path = disk_.Paths("/spool/" + Hex(spool_->run())).back();
    disk_.FailNextSync();
    const RecordName name = WriteSafe();
    const std::string promised = view_.NewestSegmentFor(name);
    ASSERT_NE(promised, path);
    if (synced) disk_.SetBytes(path, disk_.BytesOf(path));
    disk_.MoveAway(promised);
    Remove(path);
    EXPECT_EQ(witness_->violations(),
              synced ? Named("removed, and nobody has it", name) : std::string());
    spool_.reset();
  }
}

TEST_F(DiskWitnessTest, RecordsOfAFileThatIsMovedAwayOrNotListedAreHidden) {
  for (const bool moved : {true, false}) {
    Begin();
    const RecordName name = WriteSafe();
    EXPECT_FALSE(IssueOf(name).hidden);
    disk_.set_list_omits(!moved);
    moved ? disk_.MoveAway(Path()) : void(disk_.List("/spool"));
    disk_.set_list_omits(false);
    EXPECT_TRUE(IssueOf(name).hidden);
    EXPECT_TRUE(ledger_.runs().at(name.run).hidden);
    spool_.reset();
    disk_.RemoveFolder("/spool");
  }
}

TEST_F(DiskWitnessTest, TheNameOfAHiddenFileCoversWhatWasTrimmedBehindIt) {
  max_bytes_ = ByteCount{1} << 20;
  Begin();
  const RecordName hidden = WriteSafe(100'000);
  const RecordName trimmed = WriteSafe(100'000);
  const RecordName behind = WriteSafe(100'000);
  Account(trimmed);
  Remove(Path(1));
  disk_.MoveAway(Path(0));
  EXPECT_TRUE(IssueOf(hidden).named_by_hidden);
  EXPECT_TRUE(IssueOf(trimmed).named_by_hidden);
  EXPECT_FALSE(IssueOf(trimmed).hidden);
  EXPECT_FALSE(IssueOf(behind).named_by_hidden);
}

TEST_F(DiskWitnessTest, AHiddenFileHidesTheEndOfTheRunsThatItNames) {
  Begin();
  const RecordName first = WriteSafe();
  spool_->End();
  Begin();
  const std::string first_path =
      Path().find(Hex(first.run)) != std::string::npos ? Path() : Path(1);
  const std::string second_path = Path() == first_path ? Path(1) : Path();
  EXPECT_FALSE(ledger_.runs().at(first.run).hidden);
  disk_.MoveAway(second_path);
  EXPECT_TRUE(ledger_.runs().at(first.run).hidden);
}

TEST_F(DiskWitnessTest, ASpoolIsShortOfRoomNearItsBoundAndOnAFullDisk) {
  Begin();
  EXPECT_FALSE(witness_->ShortOfRoom());
  disk_.set_space(disk_.UsedBytes() * 2);
  EXPECT_FALSE(witness_->ShortOfRoom());
  disk_.set_space(disk_.UsedBytes() + 10);
  EXPECT_TRUE(witness_->ShortOfRoom());
  disk_.set_space(ByteCount{1} << 40);
  Begin(kFull);
  EXPECT_TRUE(witness_->ShortOfRoom());
}

TEST_F(DiskWitnessTest, ARemovalForLackOfRoomMarksItsRecordsDropped) {
  for (const WhenFull when_full : {WhenFull::kDropOldest, WhenFull::kDropNewest}) {
    DiskWitness::Bounds bounds = kFull;
    bounds.when_full = when_full;
    Begin(bounds);
    ASSERT_TRUE(witness_->ShortOfRoom());
    const RecordName name = WriteSafe();
    Remove(disk_.Paths(Cat(kFolder, Hex(name.run))).front());
    const bool may_drop = when_full == WhenFull::kDropOldest;
    EXPECT_EQ(IssueOf(name).dropped, may_drop);
    EXPECT_EQ(witness_->violations(), may_drop ? "" : Named("removed, and nobody has it", name));
  }
}

TEST_F(DiskWitnessTest, ARemovalForLackOfRoomMarksNoRecordOfAnotherSegment) {
  max_bytes_ = ByteCount{1} << 20;
  Begin(kFull);
  std::vector<RecordName> names;
  while (Segments() < 2) names.push_back(WriteSafe(50'000));
  names.push_back(ledger_.AttemptOpaque(spool_->run(), "a batch under way"));
  const Seq next_first = reference::ParseSpoolFileName(Path(1))->first_seq;
  Remove(Path());
  for (const RecordName& name : names) EXPECT_EQ(IssueOf(name).dropped, name.seq < next_first);
}

TEST_F(DiskWitnessTest, ARecordThatNeverWasSafeGoesWithTheSegmentThatHasItsPlace) {
  Begin(kFull);
  const RecordName safe = WriteSafe();
  disk_.set_write_fails(true);
  const RecordName unsafe = Write(Record(100)).name;
  disk_.set_write_fails(false);
  Remove(Path());
  EXPECT_TRUE(IssueOf(safe).dropped);
  EXPECT_TRUE(IssueOf(unsafe).dropped);
}

// A spool removes a segment that it could not begin, and writes the record later.
TEST_F(DiskWitnessTest, ARecordThatIsPromisedAfterARemovalIsNotDropped) {
  Begin(kFull);
  disk_.set_write_fails(true);
  const RecordName name = Write(Record(100)).name;
  disk_.set_write_fails(false);
  WriteSafe();
  ASSERT_EQ(witness_->NoteWaiting(name.run), 1u);
  EXPECT_TRUE(IssueOf(name).safe);
  EXPECT_FALSE(IssueOf(name).dropped);
}

TEST_F(DiskWitnessTest, ADamagedRecordGoesWithItsSegment) {
  Begin(kFull);
  const RecordName name = WriteSafe(5000);
  while (!IssueOf(name).damaged) witness_->FlipByte();
  Remove(Path());
  EXPECT_TRUE(IssueOf(name).dropped);
  EXPECT_EQ(witness_->violations(), "");
}

TEST_F(DiskWitnessTest, ACopyIsOnlyRemovedIfSomebodyHasItsRecord) {
  for (const bool has : {false, true}) {
    store_ = MemoryStore("store");
    Begin();
    const RecordName name = WriteSafe();
    ASSERT_TRUE(spool_->CopyToQuarantine(name, QuarantineKind::kRejected).ok());
    const std::string copy =
        Cat(kFolder, agent::QuarantineFileName(name, QuarantineKind::kRejected));
    Account(name);  // the segment may go
    Remove(disk_.Paths(Cat(kFolder, Hex(name.run), "-")).front());
    ASSERT_EQ(witness_->violations(), "");
    if (has) {
      ASSERT_EQ(
          store_
              .Commit({{.device_id = "dev", .record = collector::IncomingRecord{.name = name}}}, 1)
              ->front(),
          collector::Outcome::kCommitted);
    }
    Remove(copy);
    EXPECT_EQ(witness_->violations(),
              has ? "" : Named("a copy is removed, and nobody has it", name));
  }
}

TEST_F(DiskWitnessTest, ACopyThatTheCollectorHadMayBeRemoved) {
  Begin();
  const RecordName name = WriteSafe();
  ASSERT_TRUE(spool_->CopyToQuarantine(name, QuarantineKind::kRejected).ok());
  Account(name);
  Remove(disk_.Paths(Cat(kFolder, Hex(name.run), "-")).front());
  ledger_.CollectorRestored(store_);
  store_ = MemoryStore("store");
  Remove(Cat(kFolder, agent::QuarantineFileName(name, QuarantineKind::kRejected)));
  EXPECT_EQ(witness_->violations(), "");
}

TEST_F(DiskWitnessTest, ACopyMayBeRemovedWhileItsRecordIsHeld) {
  Begin();
  const RecordName name = WriteSafe();
  ASSERT_TRUE(spool_->CopyToQuarantine(name, QuarantineKind::kConflict).ok());
  Remove(Cat(kFolder, agent::QuarantineFileName(name, QuarantineKind::kConflict)));
  EXPECT_EQ(witness_->violations(), "");
}

TEST_F(DiskWitnessTest, TheEndOfARunIsWhatItsDiskSays) {
  for (const bool clean : {true, false}) {
    Begin();
    WriteSafe();
    const RunId run = spool_->run();
    if (clean) spool_->End();
    EXPECT_EQ(witness_->NoteEnd(run, {run}), clean);
    const RunFacts& facts = ledger_.runs().at(run);
    EXPECT_FALSE(facts.live);
    EXPECT_TRUE(facts.traced);
    EXPECT_EQ(facts.end, clean ? DiskView::End::kDurable : DiskView::End::kNone);
  }
}

// Flipped bytes ---------------------------------------------------------------------------------

// A spool of three records, two of which use one table and one another.
class DiskWitnessFlipTest : public DiskWitnessTest {
 protected:
  void Fill() {
    ledger_ = Ledger();
    Begin();
    names_.clear();
    for (const char table : {'t', 't', 'u'}) {
      agent::NewRecord record = Record(60);
      record.tables = {{std::string(kTableIdSize, table), std::string(60, table)}};
      names_.push_back(Write(record).name);
      witness_->NotePromise(names_.back());
    }
  }
  void Empty() {
    spool_.reset();
    disk_.set_remove_witness(nullptr);
    for (const std::string& path : disk_.Paths()) Remove(path);
  }
  std::vector<RecordName> names_;
};

TEST_F(DiskWitnessFlipTest, AFlippedByteMarksExactlyTheRecordsThatItHits) {
  std::map<size_t, int> times;  // that so many records were hit at once
  for (int i = 0; i < 200; ++i) {
    Fill();
    witness_->FlipByte();
    size_t hit = 0;
    for (const RecordName& name : names_) {
      hit += IssueOf(name).damaged;
      EXPECT_EQ(IssueOf(name).damaged, !view_.Holds(name) || !view_.HasItsTables(name));
    }
    EXPECT_EQ(ledger_.runs().at(names_[0].run).opening_damaged, hit == 0);
    ++times[hit];
    Empty();
  }
  EXPECT_GT(times[0], 0);  // the opening
  EXPECT_GT(times[1], 0);  // a record, or the table of one
  EXPECT_GT(times[2], 0);  // the table of two
  EXPECT_EQ(times[3], 0);
}

// Also one of its opening, without which its record can still be read.
TEST_F(DiskWitnessFlipTest, AFlippedByteOfACopyMarksThatCopy) {
  int unreadable = 0;
  for (int i = 0; i < 100; ++i) {
    Fill();
    ASSERT_TRUE(spool_->CopyToQuarantine(names_[1], QuarantineKind::kRejected).ok());
    const std::string path =
        Cat(kFolder, agent::QuarantineFileName(names_[1], QuarantineKind::kRejected));
    const std::string before = disk_.BytesOf(path);
    witness_->FlipByte();
    const bool in_copy = disk_.BytesOf(path) != before;
    for (const RecordName& name : names_) {
      EXPECT_EQ(IssueOf(name).copy_damaged, in_copy && name == names_[1]);
      EXPECT_FALSE(in_copy && IssueOf(name).damaged);
    }
    EXPECT_TRUE(in_copy || view_.HasCopy(names_[1]));
    unreadable += !view_.HasCopy(names_[1]);
    Empty();
  }
  EXPECT_GT(unreadable, 0);
}

}  // namespace
}  // namespace godwit::sim
