// What a real spool writes is seen by DiskView exactly, and each rule of DiskWitness fails once.
#include "tests/sim/disk_witness.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "tests/unit/agent/spool/spool_fixture.h"

namespace godwit::sim {
namespace {

using agent::Appended;
using agent::AsideKind;
using agent::WhenFull;
using reference::SpoolEntry;

constexpr char kFolder[] = "/spool/";

class DiskViewTest : public agent::SpoolTest {
 protected:
  // A new boot: no process holds the spool.
  void CutPower(Unsynced bytes, UnsyncedNames names) {
    disk_.set_hook(nullptr);
    spool_.reset();
    disk_.PowerCut(bytes, names);
  }
  std::set<RecordName> SpoolRecords() {
    const std::vector<RecordName> names = Unsettled();
    return {names.begin(), names.end()};
  }
  // Several segments.
  void AppendMany(size_t records) {
    max_bytes_ = ByteCount{1} << 20;
    Open();
    for (size_t i = 0; i < records; ++i) Append(50'000);
  }

  DiskView view_{disk_, kFolder, "dev"};
};

TEST_F(DiskViewTest, EveryRecordOfASpoolIsSeen) {
  AppendMany(7);
  ASSERT_GT(Segments(), 2u);
  EXPECT_EQ(view_.Records(), SpoolRecords());
  for (const RecordName& name : SpoolRecords()) {
    EXPECT_TRUE(view_.Holds(name));
    EXPECT_TRUE(view_.IsDurable(name));
    EXPECT_FALSE(view_.HasCopy(name));
  }
  const RunId run = spool_->run();
  for (const RecordName& name : {RecordName{run, 8}, RecordName{run, 0}, RecordName{run + 1, 1}}) {
    EXPECT_FALSE(view_.Holds(name));
    EXPECT_FALSE(view_.IsDurable(name));
  }
}

TEST_F(DiskViewTest, ARecordIsSeenAsSoonAsItIsAppended) {
  Open();
  for (int i = 0; i < 5; ++i) {
    Append(100);
    EXPECT_EQ(view_.Records(), SpoolRecords());
  }
}

TEST_F(DiskViewTest, ARecordThatIsTrimmedIsNotSeenAnyMore) {
  AppendMany(7);
  const RunId run = spool_->run();
  const std::vector<std::string> before = disk_.Paths(kFolder);
  spool_->AddSettled(run, {1, 7});
  Append(50'000);
  ASSERT_LT(disk_.Paths(kFolder).size(), before.size());
  EXPECT_FALSE(view_.Holds({run, 1}));
  EXPECT_TRUE(view_.Holds({run, 8}));
}

TEST_F(DiskViewTest, AnEndIsSeenOnceTheRunIsOver) {
  Open();
  Append(10);
  const RunId run = spool_->run();
  EXPECT_EQ(view_.EndOf(run), DiskView::End::kNone);
  spool_->End();
  EXPECT_EQ(view_.EndOf(run), DiskView::End::kDurable);
  Open();
  EXPECT_EQ(view_.EndOf(run), DiskView::End::kDurable);
  EXPECT_EQ(view_.EndOf(spool_->run()), DiskView::End::kNone);
}

TEST_F(DiskViewTest, ARunLeavesATraceBeforeItsFirstRecord) {
  Open();
  EXPECT_TRUE(view_.HasTrace(spool_->run()));
  EXPECT_FALSE(view_.HasTrace(spool_->run() + 1));
}

// The power goes between the write of the end and its sync.
TEST_F(DiskViewTest, AnEndThatWasNotSyncedIsUpToThePowerCut) {
  for (const Unsynced fate : {Unsynced::kKept, Unsynced::kDropped}) {
    Open();
    Append(10);
    const RunId run = spool_->run();
    disk_.set_hook([&](bool) {
      if (view_.EndOf(run) == DiskView::End::kUnsynced) throw PowerCutNow();
    });
    EXPECT_THROW(spool_->End(), PowerCutNow);
    EXPECT_EQ(view_.EndOf(run), DiskView::End::kUnsynced);
    CutPower(fate, UnsyncedNames::kKept);
    EXPECT_EQ(view_.EndOf(run),
              fate == Unsynced::kKept ? DiskView::End::kDurable : DiskView::End::kNone);
  }
}

TEST_F(DiskViewTest, ARecordWhoseSyncFailedIsNotDurableUntilANewSegmentHasIt) {
  Open();
  Append(10);
  const std::string abandoned = Path();
  disk_.set_sync_fails(true);
  const RecordName name = spool_->Append(Record(20)).name;
  EXPECT_FALSE(view_.IsDurable(name));
  disk_.set_sync_fails(false);
  Append(30);
  EXPECT_TRUE(view_.IsDurable(name));
  EXPECT_TRUE(view_.IsDurableBesides(name, abandoned));
  EXPECT_FALSE(view_.IsDurableBesides(name, disk_.Paths(kFolder).back()));
  CutPower(Unsynced::kDropped, UnsyncedNames::kLost);
  EXPECT_EQ(view_.Records().size(), 3u);
}

TEST_F(DiskViewTest, ARecordThatIsOnlyInMemoryIsNotSeen) {
  Open();
  Append(10);
  disk_.set_write_fails(true);
  const Appended appended = spool_->Append(Record(20));
  ASSERT_EQ(appended.fate, Appended::Fate::kInMemory);
  EXPECT_FALSE(view_.Records().contains(appended.name));
  EXPECT_FALSE(view_.Holds(appended.name));
}

// The power goes before the n-th change of the disk, for every n.
TEST_F(DiskViewTest, AfterAPowerCutWhatIsSeenIsWhatTheNextSpoolHolds) {
  for (const Unsynced bytes : kAllUnsynced) {
    for (const UnsyncedNames names : {UnsyncedNames::kLost, UnsyncedNames::kKept}) {
      for (int changes = 0; changes < 12; ++changes) {
        Open();
        Append(1000);
        int left = changes;
        disk_.set_hook([&](bool) {
          if (left-- == 0) throw PowerCutNow();
        });
        const auto append = [&] {
          for (int i = 0; i < 4; ++i) {
            Append(3000);
            view_.Records();  // what it has read by now must not stay
          }
        };
        EXPECT_THROW(append(), PowerCutNow);
        CutPower(bytes, names);
        const std::set<RecordName> seen = view_.Records();
        Open();
        EXPECT_EQ(seen, SpoolRecords()) << static_cast<int>(bytes) << " " << changes;
        EXPECT_EQ(view_.Records(), seen);
      }
    }
  }
}

TEST_F(DiskViewTest, ACopyIsSeenWhileItIsWhole) {
  for (const AsideKind kind : {AsideKind::kRejected, AsideKind::kConflict}) {
    Open();
    const RecordName name = Append(10);
    EXPECT_FALSE(view_.HasCopy(name));
    ASSERT_TRUE(spool_->SetAside(name, kind).ok());
    EXPECT_TRUE(view_.HasCopy(name));
    CutPower(Unsynced::kDropped, UnsyncedNames::kLost);
    EXPECT_TRUE(view_.HasCopy(name));
    const std::string path = Cat(kFolder, agent::AsideFileName(name, kind));
    std::string bytes = disk_.BytesOf(path);
    bytes.back() ^= 1;
    disk_.SetBytes(path, bytes);
    EXPECT_FALSE(view_.HasCopy(name));
  }
}

TEST_F(DiskViewTest, ACopyThatIsRemovedIsNotSeenAnyMore) {
  Open();
  const RecordName name = Append(10);
  ASSERT_TRUE(spool_->SetAside(name, AsideKind::kRejected).ok());
  spool_->DropAside(name);
  EXPECT_FALSE(view_.HasCopy(name));
}

TEST_F(DiskViewTest, ARecordNeedsItsTable) {
  Open();
  const RecordName name = Append(10);
  EXPECT_TRUE(view_.HasItsTables(name));
  const std::string path = Path();
  for (const SpoolEntry& entry : view_.EntriesOf(path)) {
    if (entry.type != SpoolEntry::kTable) continue;
    std::string bytes = disk_.BytesOf(path);
    bytes[entry.offset + entry.bytes - 1] ^= 1;
    disk_.SetBytes(path, bytes);
    break;
  }
  EXPECT_TRUE(view_.Holds(name));
  EXPECT_FALSE(view_.HasItsTables(name));
}

TEST_F(DiskViewTest, AFileOfAnotherNameOrDeviceHasNoRecords) {
  Open();
  const RecordName name = Append(10);
  DiskView of_another(disk_, kFolder, "another");
  EXPECT_TRUE(of_another.Records().empty());
  const std::string segment = disk_.BytesOf(Path());
  ASSERT_TRUE(disk_.Create("/spool/notes").ok());
  disk_.SetBytes("/spool/notes", segment);
  EXPECT_TRUE(view_.EntriesOf("/spool/notes").empty());
  EXPECT_EQ(view_.Records(), (std::set<RecordName>{name}));
}

// DiskWitness -----------------------------------------------------------------------------------

std::string Named(const std::string& what, const RecordName& name) {
  return Cat(what, ": ", Hex(name.run), "/", name.seq, "; ");
}

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
    ASSERT_TRUE(spool_->SetAside(name, AsideKind::kRejected).ok());
    const std::string copy = Cat(kFolder, agent::AsideFileName(name, AsideKind::kRejected));
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
  ASSERT_TRUE(spool_->SetAside(name, AsideKind::kRejected).ok());
  Account(name);
  Remove(disk_.Paths(Cat(kFolder, Hex(name.run), "-")).front());
  ledger_.CollectorRestored(store_);
  store_ = MemoryStore("store");
  Remove(Cat(kFolder, agent::AsideFileName(name, AsideKind::kRejected)));
  EXPECT_EQ(witness_->violations(), "");
}

TEST_F(DiskWitnessTest, ACopyMayBeRemovedWhileItsRecordIsHeld) {
  Begin();
  const RecordName name = WriteSafe();
  ASSERT_TRUE(spool_->SetAside(name, AsideKind::kConflict).ok());
  Remove(Cat(kFolder, agent::AsideFileName(name, AsideKind::kConflict)));
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
    ASSERT_TRUE(spool_->SetAside(names_[1], AsideKind::kRejected).ok());
    const std::string path = Cat(kFolder, agent::AsideFileName(names_[1], AsideKind::kRejected));
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
