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

std::string Named(const std::string& what, const RecordName& name) {
  return Cat(what, ": ", Hex(name.run), "/", name.seq, "; ");
}

std::string GapOf(const std::string& reason, const RecordName& name) {
  return Named(Cat("a gap (", reason, ") that no fault explains"), name);
}

std::string LostInTheMiddle() {
  return Cat("a record of run ", Hex(kRun), " is lost in the middle of the run; ");
}
std::string LostAtTheEnd() {
  return Cat("samples at the end of run ", Hex(kRun), " are lost, and nobody says so; ");
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

TEST_F(JudgeTest, ARecordMayBeLostAtTheEndOfARunOnly) {
  for (const bool in_the_middle : {true, false}) {
    Story story;
    story.Unsafe();
    if (in_the_middle) story.Store(story.Safe());
    story.Finish(DiskView::End::kNone);
    story.CallCutOff();
    EXPECT_EQ(story.Violations(), in_the_middle ? LostInTheMiddle() : "");
  }
}

TEST_F(JudgeTest, ALostRecordInFrontOfAnUnreadableOneOnADiskIsInTheMiddle) {
  story_.Unsafe();
  story_.on_disk.insert(story_.Unreadable());
  story_.Finish(DiskView::End::kNone);
  story_.CallCutOff();
  EXPECT_EQ(story_.Violations(), LostInTheMiddle());
}

TEST_F(JudgeTest, ALostRecordInFrontOfASafeOneThatIsUnderWayIsInTheMiddle) {
  story_.Unsafe();
  const RecordName safe = story_.Safe();
  story_.Finish(DiskView::End::kNone);
  story_.CallCutOff();
  EXPECT_EQ(story_.ViolationsSoFar(), LostInTheMiddle());
  story_.ledger.Damaged(safe);  // nobody needs to see that it was there
  EXPECT_EQ(story_.ViolationsSoFar(), "");
}

TEST_F(JudgeTest, ARecordWithoutReadingsIsNoLoss) {
  story_.ledger.AttemptLost(kRun, {}, true);
  story_.Store(story_.Safe());
  story_.Finish(DiskView::End::kDurable);
  EXPECT_EQ(story_.Violations(), "");
}

TEST_F(JudgeTest, ARunWhoseLastRecordsAreLostIsCalledCutOff) {
  story_.Store(story_.Safe());
  story_.Unsafe();
  story_.Finish(DiskView::End::kNone);
  EXPECT_EQ(story_.Violations(), LostAtTheEnd());
  story_.CallCutOff();
  EXPECT_EQ(story_.Violations(), "");
}

TEST_F(JudgeTest, AReadingThatIsInNoRecordIsLost) {
  story_.Store(story_.Safe());
  story_.Read(BatchOf(TrueWallOffsetNs(), true));
  story_.Finish(DiskView::End::kNone);
  EXPECT_EQ(story_.Violations(), LostAtTheEnd());
  story_.CallCutOff();
  EXPECT_EQ(story_.Violations(), "");
}

// In any other run the same lost record is a violation.
TEST_F(JudgeTest, NobodyNeedsToKnowTheEndOfARunThatLeftNoTraceOrIsNotOver) {
  void (*const endings[])(Story&) = {
      [](Story&) {}, [](Story& story) { story.Finish(DiskView::End::kNone, kRun, false); },
      [](Story& story) {
        story.Finish(DiskView::End::kNone);
        story.ledger.TearAway({kRun}, {});
      },
      [](Story& story) {
        story.Finish(DiskView::End::kNone);
        for (RunId run = 100; run < 132; ++run) story.Begin(run);
        story.ledger.CollectorRestored(MemoryStore("store"));
      }};
  for (const auto end : endings) {
    Story story;
    story.Unsafe();
    end(story);
    EXPECT_EQ(story.Violations(), "");
  }
}

TEST_F(JudgeTest, ARunOfTheLastThirtyTwoIsKnownAlsoAfterTheCollectorIsRestored) {
  story_.Unsafe();
  story_.Finish(DiskView::End::kNone);
  for (RunId run = 100; run < 131; ++run) story_.Begin(run);
  story_.ledger.CollectorRestored(MemoryStore("store"));
  EXPECT_EQ(story_.Violations(), LostAtTheEnd());
}

TEST_F(JudgeTest, ARunIsCalledCutOffIfItsDiskHasNoEndAndOnlyThen) {
  struct {
    DiskView::End end;
    bool called_cut_off;
    const char* violation;
  } const cases[] = {
      {DiskView::End::kNone, true, ""},
      {DiskView::End::kNone, false, " was cut off, and is said to have been stopped cleanly; "},
      {DiskView::End::kDurable, false, ""},
      {DiskView::End::kDurable, true, " was stopped cleanly, and is said to have been cut off; "},
      // A power cut decides.
      {DiskView::End::kUnsynced, false, ""},
      {DiskView::End::kUnsynced, true, ""}};
  for (const auto& [end, called_cut_off, violation] : cases) {
    for (const bool excused : {false, true}) {
      Story story;
      story.Store(story.Safe());
      story.Finish(end);
      if (called_cut_off) story.CallCutOff();
      if (excused) story.ledger.OpeningDamaged(kRun);
      const std::string wrong = violation;
      EXPECT_EQ(story.Violations(), wrong.empty() || excused ? "" : Cat("run ", Hex(kRun), wrong));
      story.ledger.DiskCopied();
      EXPECT_EQ(story.Violations(), "");
    }
  }
}

TEST_F(JudgeTest, WhatTheLedgerFindsWrongIsAViolation) {
  story_.ledger.Attempt(kRun, "not a batch", "not a batch");
  EXPECT_EQ(story_.Violations(), Cat(Hex(kRun), "/1: a batch that is none; "));
}

// Times -----------------------------------------------------------------------------------------

class JudgeTimesTest : public JudgeTest {
 protected:
  // The device opens a session at kReadAt; its clock is off by `wall_error`, the call takes `age`.
  void Open(bool synchronised, absl::Duration wall_error, absl::Duration age) {
    const absl::Time now = SimClock::TrueTimeAt(kReadAt);
    ASSERT_TRUE(story_.store
                    .OpenSession({.device = {.device_id = "dev",
                                             .boot_id = kBoot,
                                             .wall_synchronised = synchronised,
                                             .boot_time_ns = absl::ToInt64Nanoseconds(kReadAt),
                                             .wall_unix_ns = absl::ToUnixNanos(now + wall_error)},
                                  .now_unix_ns = absl::ToUnixNanos(now + age)})
                    .ok());
  }
  // The store says that the batch begins `error` later than it does.
  void Commit(const Batch& batch, absl::Duration error = absl::ZeroDuration()) {
    story_.Read(batch);
    const std::string bytes = *EncodeBatch(batch);
    const RecordName name = story_.Promise(story_.ledger.Attempt(kRun, bytes, bytes));
    collector::IncomingRecord record{
        .name = name,
        .checksum = Checksum(bytes),
        .batch = bytes,
        .blocks = collector::SpansOf(batch),
        .clock = {kBoot, batch.wall_offset_ns, batch.wall_synchronised}};
    record.blocks[0].columns = 1;
    record.blocks[0].first_unix_ns += absl::ToInt64Nanoseconds(error);
    const auto outcomes = story_.store.Commit(
        {{.device_id = "dev", .tables = {{kTable, "a table", 1}}, .record = record}}, 9);
    ASSERT_EQ(outcomes->front(), collector::Outcome::kCommitted);
  }
  static std::string Wrong(absl::Duration error, bool synchronised) {
    return Cat("the store's time of ", Hex(kRun), "/1 is wrong by ", absl::FormatDuration(error),
               synchronised ? "" : ", read by a clock that did not know it", "; ");
  }
  // A board without a clock chip.
  static Batch BatchOf1970() { return BatchOf(0, false); }
};

TEST_F(JudgeTimesTest, ASynchronisedBatchKeepsItsTime) {
  for (const auto error : {absl::Milliseconds(250), absl::Milliseconds(-250),
                           absl::Milliseconds(251), absl::Milliseconds(-251)}) {
    story_ = Story();
    Open(true, absl::ZeroDuration(), absl::ZeroDuration());
    Commit(BatchOf(TrueWallOffsetNs(), true), error);
    const bool tolerated = absl::AbsDuration(error) <= absl::Milliseconds(250);
    EXPECT_EQ(story_.Violations(), tolerated ? "" : Wrong(error, true));
  }
}

TEST_F(JudgeTimesTest, ABatchOf1970IsPutRightByTheSynchronisedClockOfItsDevice) {
  for (const auto error : {absl::ZeroDuration(), absl::Seconds(1)}) {
    story_ = Story();
    Open(true, error, absl::ZeroDuration());
    Commit(BatchOf1970());
    EXPECT_EQ(story_.Violations(), error == absl::ZeroDuration() ? "" : Wrong(error, false));
  }
}

TEST_F(JudgeTimesTest, AnEstimateIsWrongByTwoCallsAtMost) {
  for (const auto age : {absl::Seconds(40), absl::Seconds(41)}) {
    story_ = Story();
    Open(false, absl::ZeroDuration(), age);
    Commit(BatchOf1970());
    const bool tolerated = age <= 2 * collector::kOpenSessionAgeMax;
    EXPECT_EQ(story_.Violations(), tolerated ? "" : Wrong(age, false));
  }
}

TEST_F(JudgeTimesTest, TheTimesOfABootWhoseClockLiedAreNotJudged) {
  const int64_t wrong_offset = TrueWallOffsetNs() + kSecondNs;
  Open(true, absl::Seconds(1), absl::ZeroDuration());
  Commit(BatchOf(wrong_offset, true));
  EXPECT_TRUE(story_.ledger.HasLied(kBoot));
  EXPECT_EQ(story_.Violations(), "");
}

TEST_F(JudgeTimesTest, ABootWithoutASessionHasNoTimes) {
  ASSERT_TRUE(story_.store
                  .OpenSession({.device = {.device_id = "dev", .boot_id = BootId(kBootIdSize, 'c')},
                                .now_unix_ns = 5})
                  .ok());
  Commit(BatchOf1970());
  EXPECT_EQ(story_.Violations(), "");
}

}  // namespace
}  // namespace godwit::sim
