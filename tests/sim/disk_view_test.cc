// DiskView sees exactly what a real spool writes, also after a power cut.
#include "tests/sim/disk_view.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "tests/sim/disk_fixture.h"

namespace godwit::sim {
namespace {

using agent::Appended;
using agent::QuarantineKind;
using reference::SpoolEntry;

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
  EXPECT_TRUE(view_.HoldsSynced(name));
  disk_.Remove(disk_.Paths(kFolder).back()).IgnoreError();
  EXPECT_TRUE(view_.Holds(name));
  EXPECT_FALSE(view_.HoldsSynced(name));
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
  for (const QuarantineKind kind : {QuarantineKind::kRejected, QuarantineKind::kConflict}) {
    Open();
    const RecordName name = Append(10);
    EXPECT_FALSE(view_.HasCopy(name));
    ASSERT_TRUE(spool_->CopyToQuarantine(name, kind).ok());
    EXPECT_TRUE(view_.HasCopy(name));
    CutPower(Unsynced::kDropped, UnsyncedNames::kLost);
    EXPECT_TRUE(view_.HasCopy(name));
    const std::string path = Cat(kFolder, agent::QuarantineFileName(name, kind));
    std::string bytes = disk_.BytesOf(path);
    bytes.back() ^= 1;
    disk_.SetBytes(path, bytes);
    EXPECT_FALSE(view_.HasCopy(name));
  }
}

TEST_F(DiskViewTest, ACopyThatIsRemovedIsNotSeenAnyMore) {
  Open();
  const RecordName name = Append(10);
  ASSERT_TRUE(spool_->CopyToQuarantine(name, QuarantineKind::kRejected).ok());
  spool_->DropQuarantined(name);
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
  EXPECT_FALSE(view_.Holds(name));
  EXPECT_TRUE(view_.HasBytes(name));
  EXPECT_FALSE(view_.HasItsTables(name));
  // Another segment has the table, too.
  Open();
  Append(10);
  EXPECT_TRUE(view_.Holds(name));
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

}  // namespace
}  // namespace godwit::sim
