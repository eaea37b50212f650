// The judge's rules for runs, their ends and the store's times: each fails once.
#include <gtest/gtest.h>

#include "base/text.h"
#include "collector/limits.h"
#include "tests/sim/judge_story.h"

namespace godwit::sim {
namespace {

class JudgeRunsTest : public testing::Test {
 protected:
  Story story_;
};

TEST_F(JudgeRunsTest, ARecordMayBeLostAtTheEndOfARunOnly) {
  for (const bool in_the_middle : {true, false}) {
    Story story;
    story.Unsafe();
    if (in_the_middle) story.Store(story.Safe());
    story.Finish(DiskView::End::kNone);
    story.CallCutOff();
    EXPECT_EQ(story.Violations(), in_the_middle ? LostInTheMiddle() : "");
  }
}

TEST_F(JudgeRunsTest, ALostRecordInFrontOfAnUnreadableOneOnADiskIsInTheMiddle) {
  story_.Unsafe();
  story_.on_disk.insert(story_.Unreadable());
  story_.Finish(DiskView::End::kNone);
  story_.CallCutOff();
  EXPECT_EQ(story_.Violations(), LostInTheMiddle());
}

TEST_F(JudgeRunsTest, ALostRecordInFrontOfASafeOneThatIsUnderWayIsInTheMiddle) {
  story_.Unsafe();
  const RecordName safe = story_.Safe();
  story_.Finish(DiskView::End::kNone);
  story_.CallCutOff();
  EXPECT_EQ(story_.ViolationsSoFar(), LostInTheMiddle());
  story_.ledger.Damaged(safe);  // nobody needs to see that it was there
  EXPECT_EQ(story_.ViolationsSoFar(), "");
}

TEST_F(JudgeRunsTest, ARecordWithoutReadingsIsNoLoss) {
  story_.ledger.AttemptLost(kRun, {}, true);
  story_.Store(story_.Safe());
  story_.Finish(DiskView::End::kDurable);
  EXPECT_EQ(story_.Violations(), "");
}

TEST_F(JudgeRunsTest, ARunWhoseLastRecordsAreLostIsCalledCutOff) {
  story_.Store(story_.Safe());
  story_.Unsafe();
  story_.Finish(DiskView::End::kNone);
  EXPECT_EQ(story_.Violations(), LostAtTheEnd());
  story_.CallCutOff();
  EXPECT_EQ(story_.Violations(), "");
}

TEST_F(JudgeRunsTest, AReadingThatIsInNoRecordIsLost) {
  story_.Store(story_.Safe());
  story_.Read(BatchOf(TrueWallOffsetNs(), true));
  story_.Finish(DiskView::End::kNone);
  EXPECT_EQ(story_.Violations(), LostAtTheEnd());
  story_.CallCutOff();
  EXPECT_EQ(story_.Violations(), "");
}

// A reader that looks while its last file is away finds no end.
TEST_F(JudgeRunsTest, ARunMayBeCalledCutOffIfAFileOfItWasAway) {
  story_.Store(story_.Safe());
  story_.Finish(DiskView::End::kDurable);
  story_.CallCutOff();
  EXPECT_NE(story_.Violations(), "");
  story_.ledger.Hidden(kRun, {});
  EXPECT_EQ(story_.Violations(), "");
}

TEST_F(JudgeRunsTest, ARunThatWasCutOffIsCalledSoAlsoIfAFileOfItWasAway) {
  story_.Store(story_.Safe());
  story_.Finish(DiskView::End::kNone);
  story_.ledger.Hidden(kRun, {});
  EXPECT_NE(story_.Violations(), "");
}

// In any other run the same lost record is a violation.
TEST_F(JudgeRunsTest, NobodyNeedsToKnowTheEndOfARunThatLeftNoTraceOrIsNotOver) {
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

TEST_F(JudgeRunsTest, ARunOfTheLastThirtyTwoIsKnownAlsoAfterTheCollectorIsRestored) {
  story_.Unsafe();
  story_.Finish(DiskView::End::kNone);
  for (RunId run = 100; run < 131; ++run) story_.Begin(run);
  story_.ledger.CollectorRestored(MemoryStore("store"));
  EXPECT_EQ(story_.Violations(), LostAtTheEnd());
}

TEST_F(JudgeRunsTest, ARunIsCalledCutOffIfItsDiskHasNoEndAndOnlyThen) {
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

TEST_F(JudgeRunsTest, WhatTheLedgerFindsWrongIsAViolation) {
  story_.ledger.Attempt(kRun, "not a batch", "not a batch");
  EXPECT_EQ(story_.Violations(), Cat(Hex(kRun), "/1: a batch that is none; "));
}

// Times -----------------------------------------------------------------------------------------

class JudgeTimesTest : public JudgeRunsTest {
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
