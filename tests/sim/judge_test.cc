// Each rule of the judge fails once: a small false story gives exactly one violation, and the true
// story next to it gives none.
#include "tests/sim/judge.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "collector/limits.h"
#include "tests/sim/judge_story.h"

namespace godwit::sim {
namespace {

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
  const RecordName unsafe = story_.Unsafe();
  story_.ledger.NoteTrouble(kRun, /*disk_troubled=*/true, /*without_room=*/false);
  story_.Gap(unsafe, "disk failed");
  story_.on_disk.insert(unsafe);
  const RecordName unreadable = story_.Unreadable();
  story_.ledger.Dropped(unreadable);
  story_.Gap(unreadable, "spool full");
  story_.on_disk.insert(unreadable);
  EXPECT_EQ(story_.Violations(), "");
}

}  // namespace
}  // namespace godwit::sim
