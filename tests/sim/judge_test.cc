// Each rule of the judge fails once: a small false story gives exactly one violation, and the true
// story next to it gives none.
#include "tests/sim/judge.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "collector/limits.h"
#include "tests/sim/judge_story.h"

namespace godwit::sim {
namespace {

const char* const kReasons[] = {"spool full", "damaged",     "disk failed",
                                "overload",   "unaccounted", "a reason that does not exist"};

std::string GapOf(const std::string& reason, const RecordName& name) {
  return Named(Cat("a gap (", reason, ") that no fault explains"), name);
}

class JudgeTest : public testing::Test {
 protected:
  Story story_;
};

TEST_F(JudgeTest, AStoryInWhichEverythingIsStoredHasNoViolation) {
  for (int i = 0; i < 3; ++i) story_.Store(story_.Safe());
  story_.Finish(DiskView::End::kDurable);
  EXPECT_EQ(story_.Violations(), "");
}

TEST_F(JudgeTest, AGapForAPromisedRecordNeedsAFaultThatExplainsIt) {
  const RecordName names[] = {story_.Safe(), story_.Safe(), story_.Safe()};
  story_.Gap(names[2], "damaged");
  std::string expected;
  for (const RecordName& name : names) expected += GapOf("damaged", name);
  EXPECT_EQ(story_.Violations(), expected);
  for (const RecordName& name : names) story_.ledger.Damaged(name);
  EXPECT_EQ(story_.Violations(), "");
}

// What befalls a record, and the reasons of a gap that this explains.
struct Fate {
  const char* name;
  RecordName (*befall)(Story& story);
  std::set<std::string> explains;
};

RecordName WithTrouble(Story& story, bool disk_troubled, bool without_room) {
  const RecordName name = story.Unsafe();
  story.ledger.NoteTrouble(kRun, disk_troubled, without_room);
  return name;
}

const Fate kFates[] = {
    {"nothing, and it is safe", [](Story& story) { return story.Safe(); }, {}},
    {"nothing, and it is not safe", [](Story& story) { return story.Unsafe(); }, {}},
    {"its segment is dropped",
     [](Story& story) {
       const RecordName name = story.Safe();
       story.ledger.Dropped(name);
       return name;
     },
     {"spool full"}},
    {"its bytes change",
     [](Story& story) {
       const RecordName name = story.Safe();
       story.ledger.Damaged(name);
       return name;
     },
     {"damaged"}},
    {"its file is away for a while",
     [](Story& story) {
       const RecordName name = story.Safe();
       story.ledger.Hidden(name.run, {name});
       return name;
     },
     {"spool full", "damaged", "unaccounted"}},
    {"the bytes of its copy change",
     [](Story& story) {
       const RecordName name = story.Safe();
       story.ledger.CopyDamaged(name);
       return name;
     },
     {}},
    {"the disk fails before it is safe",
     [](Story& story) { return WithTrouble(story, true, false); },
     {"damaged", "disk failed"}},
    {"the disk fails, and it is safe after all",
     [](Story& story) { return story.Promise(WithTrouble(story, true, false)); },
     {}},
    {"there is no room before it is safe",
     [](Story& story) { return WithTrouble(story, false, true); },
     {"spool full"}},
    {"there is no room, and it is safe after all",
     [](Story& story) { return story.Promise(WithTrouble(story, false, true)); },
     {}},
    {"there is no room, and the run began on a failing disk",
     [](Story& story) {
       story.ledger.RunBegan(kRun, kBoot, true);
       return WithTrouble(story, false, true);
     },
     {"damaged", "disk failed", "spool full"}},
    {"eight others wait for storage",
     [](Story& story) { return story.ledger.AttemptLost(kRun, {}, true); },
     {"overload"}},
    {"no others wait for storage",
     [](Story& story) { return story.ledger.AttemptLost(kRun, {}, false); },
     {}},
    {"its process ends before it is safe",
     [](Story& story) {
       const RecordName name = story.Unsafe();
       story.Finish(DiskView::End::kDurable);
       return name;
     },
     {"damaged", "unaccounted"}},
    {"the process that knows why it is gone ends",
     [](Story& story) {
       const RecordName name = story.Safe();
       story.ledger.Dropped(name);
       story.Finish(DiskView::End::kDurable);
       return name;
     },
     {"spool full", "unaccounted"}},
    {"it is dropped, and another record of the run is damaged",
     [](Story& story) {
       const RecordName name = story.Safe();
       story.ledger.Dropped(name);
       const RecordName other = story.Safe();
       story.ledger.Damaged(other);
       story.Store(other);
       return name;
     },
     {"spool full"}},
    // The file went, the power was cut before its loss was written down, and the name of the file
    // in front of it covers it.
    {"it is dropped, its process is cut off, and another record of the run is damaged",
     [](Story& story) {
       const RecordName name = story.Safe();
       story.ledger.Dropped(name);
       const RecordName other = story.Safe();
       story.ledger.Damaged(other);
       story.Store(other);
       story.Finish(DiskView::End::kDurable);
       return name;
     },
     {"damaged", "spool full", "unaccounted"}},
    {"it is dropped, its process ends, and a byte of an opening of its run changes",
     [](Story& story) {
       const RecordName name = story.Safe();
       story.ledger.Dropped(name);
       story.ledger.OpeningDamaged(kRun);
       story.Finish(DiskView::End::kDurable);
       return name;
     },
     {"damaged", "spool full", "unaccounted"}},
    {"its process ends, and it is safe",
     [](Story& story) {
       const RecordName name = story.Safe();
       story.Finish(DiskView::End::kDurable);
       return name;
     },
     {}},
    {"its disk is replaced",
     [](Story& story) {
       const RecordName name = story.Safe();
       story.ledger.TearAway({kRun}, {});
       return name;
     },
     {"damaged", "unaccounted"}},  // the image may have a part of it
    {"its disk is replaced by an image that has it",
     [](Story& story) {
       const RecordName name = story.Safe();
       story.ledger.TearAway({kRun}, {name});
       return name;
     },
     {}},
    {"the collector had it, and is restored from a backup",
     [](Story& story) {
       const RecordName name = story.Safe();
       MemoryStore before("store");
       EXPECT_TRUE(before.OpenSession({.device = {.device_id = "dev"}}).ok());
       story.Commit(before, name, Story::Bytes());
       story.ledger.CollectorRestored(before);
       return name;
     },
     {"unaccounted"}},
    {"the collector did not have it, and is restored from a backup",
     [](Story& story) {
       const RecordName name = story.Safe();
       story.ledger.CollectorRestored(MemoryStore("store"));
       return name;
     },
     {}},
    {"the collector had it, is restored from a backup, and another record of the run is damaged",
     [](Story& story) {
       const RecordName name = story.Safe();
       const RecordName other = story.Safe();
       MemoryStore before("store");
       EXPECT_TRUE(before.OpenSession({.device = {.device_id = "dev"}}).ok());
       story.Commit(before, name, Story::Bytes());
       story.ledger.CollectorRestored(before);
       story.ledger.Damaged(other);
       story.Store(other);
       return name;
     },
     {"damaged", "unaccounted"}},
    {"no collector takes it", [](Story& story) { return story.Unreadable(); }, {}},
    {"no collector takes it, and the disk is copied",
     [](Story& story) {
       story.ledger.DiskCopied();
       return story.Unreadable();
     },
     {"unaccounted"}},
    {"no collector takes it, the disk failed before it was safe, and was copied",
     [](Story& story) {
       story.ledger.DiskCopied();
       return story.Unreadable(/*disk_troubled=*/true);
     },
     {"damaged", "unaccounted"}},
    {"it is dropped, the disk failed before it was safe, and was copied",
     [](Story& story) {
       story.ledger.DiskCopied();
       const RecordName name = story.Unsafe();
       story.ledger.NoteTrouble(kRun, true, false);
       story.ledger.Dropped(story.Promise(name));
       return name;
     },
     {"damaged", "spool full", "unaccounted"}},
    {"the disk fails while it is in memory, and was copied",
     [](Story& story) {
       story.ledger.DiskCopied();
       const RecordName name = story.Unsafe();
       story.ledger.NoteTrouble(kRun, true, false);
       return name;
     },
     {"damaged", "disk failed", "unaccounted"}},
    {"the disk is copied",
     [](Story& story) {
       story.ledger.DiskCopied();
       return story.Safe();
     },
     {}},
};

TEST_F(JudgeTest, AGapHasTheReasonOfTheFaultThatBefellItsRecord) {
  for (const Fate& fate : kFates) {
    for (const std::string reason : kReasons) {
      Story story;
      const RecordName name = fate.befall(story);
      story.Gap(name, reason);
      const bool explained = fate.explains.contains(reason);
      EXPECT_EQ(story.Violations(), explained ? "" : GapOf(reason, name)) << fate.name;
    }
  }
}

TEST_F(JudgeTest, ASafeRecordIsStoredOrAGap) {
  const RecordName name = story_.Safe();
  EXPECT_EQ(story_.Violations(), Named("safe, and neither stored nor a gap", name));
  story_.on_disk.insert(name);  // it may not wait there for ever
  EXPECT_EQ(story_.Violations(), Named("safe, and neither stored nor a gap", name));
  story_.Store(name);
  EXPECT_EQ(story_.Violations(), "");
}

TEST_F(JudgeTest, ARecordThatIsNotSafeOrNotDueMayBeMissing) {
  story_.Unsafe();
  EXPECT_EQ(story_.Violations(), "");
  story_.Safe();
  EXPECT_EQ(story_.ViolationsSoFar(), "");
}

TEST_F(JudgeTest, AnUnreadableRecordMayWaitOnItsDiskForEver) {
  const RecordName name = story_.Unreadable();
  story_.on_disk.insert(name);
  EXPECT_EQ(story_.Violations(), "");
  story_.on_disk.clear();
  story_.without_tables.insert(name);
  EXPECT_EQ(story_.Violations(), "");
  story_.without_tables.clear();
  EXPECT_EQ(story_.Violations(), Named("safe, and neither stored nor a gap", name));
}

// The image that was put in has the first record.
TEST_F(JudgeTest, WhatAReplacedDiskTookIsNotMissing) {
  const RecordName first = story_.Safe();
  story_.Store(first);
  const RecordName second = story_.Safe();
  story_.Finish(DiskView::End::kDurable);
  EXPECT_EQ(story_.Violations(),
            Named("safe, and neither stored nor a gap", second) + LostAtTheEnd());
  story_.ledger.TearAway({kRun}, {first});
  EXPECT_EQ(story_.Violations(), "");
}

TEST_F(JudgeTest, OnlyTheLastRecordsOfARunThatWasCutOffMayLookLikeATornTail) {
  const RecordName name = story_.Safe();
  story_.ledger.Damaged(name);
  EXPECT_EQ(story_.Violations(), Named("safe, and neither stored nor a gap", name));
  story_.CallCutOff();
  EXPECT_EQ(story_.Violations(), "");
  story_.Store(story_.Safe());
  EXPECT_EQ(story_.Violations(), Named("safe, and neither stored nor a gap", name));
}

TEST_F(JudgeTest, AnUndamagedRecordIsNoTornTail) {
  const RecordName name = story_.Safe();
  story_.CallCutOff();
  EXPECT_EQ(story_.Violations(), Named("safe, and neither stored nor a gap", name));
}

TEST_F(JudgeTest, ARecordIsStoredAsItWasIssued) {
  const RecordName name = story_.Safe();
  story_.Store(name, "other bytes");
  EXPECT_EQ(story_.Violations(), Named("stored otherwise than issued", name));
}

TEST_F(JudgeTest, ARecordThatIsStoredWasIssued) {
  story_.Store(story_.Safe());
  story_.Store({kRun, 2});
  story_.Store({kOtherRun, 1});
  EXPECT_EQ(story_.Violations(), Named("stored, and never issued", {kRun, 2}) +
                                     Named("stored, and never issued", {kOtherRun, 1}));
}

TEST_F(JudgeTest, AGapIsWhereARecordWas) {
  const RecordName name = story_.Safe();
  story_.ledger.Damaged(name);
  story_.Gap({kRun, 2}, "damaged");
  EXPECT_EQ(story_.Violations(), Named("a gap (damaged) where nothing ever was", {kRun, 2}));
}

TEST_F(JudgeTest, AGoodRecordIsNotRejected) {
  const RecordName name = story_.Safe();
  story_.Reject(name);
  story_.copies.insert(name);
  EXPECT_EQ(story_.Violations(), Named("rejected, and a good record", name));
}

TEST_F(JudgeTest, AnUnreadableRecordIsNotStored) {
  const RecordName name = story_.Unreadable();
  story_.Store(name);
  EXPECT_EQ(story_.Violations(), Named("stored, and no batch at all", name));
}

// A collector that misreads good batches is no excuse while a device has a copy to offer again.
TEST_F(JudgeTest, AMisreadRecordIsTakenInTheEndUnlessNobodyHasItAnyMore) {
  const RecordName name = story_.Safe();
  story_.Reject(name);
  story_.ledger.CollectorMisread();
  story_.copies = {name};
  EXPECT_EQ(story_.Violations(), Named("rejected, and a good record", name));
  story_.ledger.CopyDamaged(name);
  EXPECT_EQ(story_.Violations(), "");
}

TEST_F(JudgeTest, AMisreadRecordWhoseCopyIsDamagedMayBeADamagedGap) {
  const RecordName name = story_.Safe();
  story_.Gap(name, "damaged");
  story_.ledger.CopyDamaged(name);
  EXPECT_EQ(story_.Violations(), GapOf("damaged", name));
  story_.ledger.CollectorMisread();
  EXPECT_EQ(story_.Violations(), "");
}

// Its agent finds the copy at its next start.
TEST_F(JudgeTest, AMisreadRecordWhoseFileWasAwayMayStayRejected) {
  const RecordName name = story_.Safe();
  story_.Reject(name);
  story_.ledger.CollectorMisread();
  story_.copies = {name};
  story_.ledger.Hidden(kRun, {name});
  EXPECT_EQ(story_.Violations(), "");
}

// The file was away, and nobody had read it.
TEST_F(JudgeTest, OnlyWhatACollectorForgotMayBeTakenForLostWithAFileWhoseNameCoversIt) {
  const RecordName name = story_.Safe();
  story_.Store(name);
  MemoryStore before("store");
  std::swap(story_.store, before);
  story_.Gap(name, "damaged");
  story_.ledger.NamedByHidden(name);
  EXPECT_EQ(story_.Violations(), GapOf("damaged", name));
  story_.ledger.CollectorRestored(before);
  EXPECT_EQ(story_.Violations(), "");
}

TEST_F(JudgeTest, ARejectedRecordThatWasDroppedNeedsACopyUnlessItsProcessEndedFirst) {
  const RecordName name = story_.Unreadable();
  story_.ledger.Dropped(name);
  story_.Reject(name);
  EXPECT_EQ(story_.Violations(), Named("rejected, and no copy", name));
  Story ended;
  ended.ledger.Dropped(ended.Unreadable());
  ended.Finish(DiskView::End::kDurable);
  ended.Reject({kRun, 1});
  EXPECT_EQ(ended.Violations(), "");
}

TEST_F(JudgeTest, ARejectedRecordHasACopy) {
  const RecordName name = story_.Unreadable();
  story_.Reject(name);
  EXPECT_EQ(story_.Violations(), Named("rejected, and no copy", name));
  story_.copies.insert(name);
  EXPECT_EQ(story_.Violations(), "");
  story_.copies.clear();
  story_.on_disk.insert(name);
  EXPECT_EQ(story_.Violations(), "");
}

TEST_F(JudgeTest, ACopyMayBeMissingIfAFaultTookIt) {
  void (*const faults[])(Ledger&, const RecordName&) = {
      [](Ledger& ledger, const RecordName& name) { ledger.Damaged(name); },
      [](Ledger& ledger, const RecordName& name) { ledger.CopyDamaged(name); },
      [](Ledger& ledger, const RecordName& name) { ledger.Hidden(kRun, {name}); },
      [](Ledger& ledger, const RecordName&) { ledger.TearAway({kRun}, {}); }};
  for (const auto fault : faults) {
    Story story;
    const RecordName name = story.Unreadable();
    story.Reject(name);
    fault(story.ledger, name);
    EXPECT_EQ(story.Violations(), "");
  }
}

// One device cannot bring a store to this. Two that use the same run can.
TEST_F(JudgeTest, ARecordIsOnlyOneOfStoredRejectedAndAGap) {
  const RecordName name = story_.Safe();
  story_.ledger.Damaged(name);
  story_.Store(name);
  EXPECT_EQ(story_.Violations(), "");
  story_.Report({{.run = kRun, .last_seq = 1}}, {{kRun, {1, 1}, "damaged"}}, "another");
  EXPECT_EQ(story_.Violations(), Named("more than one of stored, rejected and a gap", name));
}

TEST_F(JudgeTest, AGapIsNotWhereARecordIs) {
  const RecordName name = story_.Safe();
  story_.ledger.Dropped(name);
  story_.Gap(name, "spool full");
  EXPECT_EQ(story_.Violations(), "");
  story_.on_disk.insert(name);
  EXPECT_EQ(story_.Violations(), Named("a gap where a record is", name));
}

TEST_F(JudgeTest, AGapMayBeWhereARecordIsThatWasNeverSafeOrThatNoCollectorTakes) {
  const RecordName unsafe = WithTrouble(story_, true, false);
  story_.Gap(unsafe, "disk failed");
  story_.on_disk.insert(unsafe);
  const RecordName unreadable = story_.Unreadable();
  story_.ledger.Dropped(unreadable);
  story_.Gap(unreadable, "spool full");
  story_.on_disk.insert(unreadable);
  EXPECT_EQ(story_.Violations(), "");
}

// Runs ------------------------------------------------------------------------------------------

}  // namespace
}  // namespace godwit::sim
