// Which records a collector's verdicts put into quarantine, and when they block the upload.
#include "agent/uplink/quarantine.h"

#include <gtest/gtest.h>

#include "agent/limits.h"
#include "tests/unit/agent/uplink/uplink_fixture.h"

namespace godwit::agent {
namespace {

using Names = std::vector<RecordName>;

const CollectorName kCollector{"store 1", "1.0"};
const CollectorName kOtherStore{"store 2", "1.0"};
const CollectorName kOtherVersion{"store 1", "1.1"};

class QuarantineTest : public UplinkTest {
 protected:
  void Begin() {
    OpenSpool();
    quarantine_.emplace(*outbox_, counters_);
    BeginSession(kCollector);
  }
  void BeginSession(const CollectorName& collector) {
    quarantine_->PrepareSession(Inventory());
    RunPending();
    quarantine_->BeginSession(collector);
  }
  void Answer(const Names& names, v1::Verdict verdict) {
    quarantine_->Settle({}, VerdictOf(names, verdict));
    RunPending();
  }
  // Rejects one record after another, each in a reply of its own.
  void Reject(int count) {
    for (int i = 0; i < count; ++i) Answer({Append(100)}, v1::VERDICT_REJECTED);
  }
  // Room for one copy of a record of this size, in 1/8 of the spool.
  static constexpr size_t kLarge = 80'000;
  void UseSmallSpool() { max_bytes_ = ByteCount{1} << 20; }

  std::optional<Quarantine> quarantine_;
};

TEST_F(QuarantineTest, WhatIsTakenIsSettled) {
  Begin();
  const Names names = AppendRecords(3);
  Answer({names[0]}, v1::VERDICT_COMMITTED);
  Answer({names[1]}, v1::VERDICT_DUPLICATE);
  EXPECT_EQ(Unsettled(), (Names{names[2]}));
}

TEST_F(QuarantineTest, ARejectedRecordIsSettledOnceItsCopyIsReported) {
  Begin();
  const Names names = AppendRecords(1);
  Answer(names, v1::VERDICT_REJECTED);
  EXPECT_EQ(spool_->RejectedAndHeld(), names) << "there is a copy";
  EXPECT_EQ(Unsettled(), names);
  EXPECT_EQ(counters_.rejected, 1u);
  EXPECT_EQ(quarantine_->TakeUnreported(), names);
  EXPECT_EQ(quarantine_->TakeUnreported(), Names());
  quarantine_->Settle(names, {});
  RunPending();
  EXPECT_EQ(Unsettled(), Names());
}

TEST_F(QuarantineTest, AConflictIsSettledWithItsCopy) {
  Begin();
  const Names names = AppendRecords(1);
  Answer(names, v1::VERDICT_CONFLICT);
  EXPECT_EQ(Unsettled(), Names());
  EXPECT_EQ(spool_->stats().quarantined_copies, 1u);
  EXPECT_EQ(counters_.conflicts, 1u);
  EXPECT_EQ(quarantine_->TakeUnreported(), Names());
}

TEST_F(QuarantineTest, ARecordWithoutRoomForACopyIsWithheldUntilThereIsRoom) {
  UseSmallSpool();
  Begin();
  const Names names = AppendRecords(2, kLarge);
  Answer({names[0]}, v1::VERDICT_REJECTED);
  EXPECT_EQ(quarantine_->withheld(), std::set<RecordName>());
  Answer({names[1]}, v1::VERDICT_REJECTED);
  EXPECT_EQ(quarantine_->withheld(), (std::set<RecordName>{names[1]}));
  EXPECT_EQ(Unsettled(), names);
  BeginSession(kCollector);
  EXPECT_EQ(quarantine_->withheld().size(), 1u) << "there still is no room";
  spool_->DropQuarantined(names[0]);
  BeginSession(kCollector);
  EXPECT_EQ(quarantine_->withheld(), std::set<RecordName>());
  EXPECT_EQ(spool_->RejectedAndHeld(), (Names{names[1]}));
}

TEST_F(QuarantineTest, ARecordThatIsNoLongerHeldIsNotWithheld) {
  UseSmallSpool();
  Begin();
  const Names names = AppendRecords(2, kLarge);
  Answer(names, v1::VERDICT_REJECTED);
  ASSERT_EQ(quarantine_->withheld().size(), 1u);
  AppendRecords(2, kLarge);  // in other segments
  spool_->AddSettled(names[1].run, {names[0].seq, names[1].seq});
  BeginSession(kCollector);
  EXPECT_EQ(quarantine_->withheld(), std::set<RecordName>());
}

TEST_F(QuarantineTest, TheLastOfTooManyRejectionsInARowBlocksTheUploadAndIsNotCopied) {
  Begin();
  Reject(kRejectionsInARowMax - 1);
  EXPECT_FALSE(quarantine_->blocks_upload());
  Reject(1);
  EXPECT_TRUE(quarantine_->blocks_upload());
  EXPECT_EQ(counters_.rejected, static_cast<uint64_t>(kRejectionsInARowMax - 1));
  EXPECT_EQ(quarantine_->rejected().size(), static_cast<size_t>(kRejectionsInARowMax));
}

TEST_F(QuarantineTest, ARecordThatIsTakenEndsTheRow) {
  Begin();
  Reject(kRejectionsInARowMax - 1);
  Answer({Append(100)}, v1::VERDICT_COMMITTED);
  Reject(kRejectionsInARowMax - 1);
  EXPECT_FALSE(quarantine_->blocks_upload());
}

TEST_F(QuarantineTest, ARecordThatIsRejectedAgainCountsOnce) {
  Begin();
  const Names names = AppendRecords(1);
  for (int i = 0; i < 2 * kRejectionsInARowMax; ++i) Answer(names, v1::VERDICT_REJECTED);
  EXPECT_FALSE(quarantine_->blocks_upload());
}

TEST_F(QuarantineTest, TheFirstProbeIsDueAtOnceAndTheNextAnHourAfterItsRejection) {
  Begin();
  const absl::Duration now = absl::Hours(5);
  EXPECT_EQ(quarantine_->UntilProbe(now), absl::ZeroDuration());
  quarantine_->NoteProbeRejected(now);
  EXPECT_EQ(quarantine_->UntilProbe(now), kProbePeriod);
  EXPECT_EQ(quarantine_->UntilProbe(now + kProbePeriod / 2), kProbePeriod / 2);
  EXPECT_EQ(quarantine_->UntilProbe(now + 2 * kProbePeriod), absl::ZeroDuration());
}

TEST_F(QuarantineTest, ABlockAfterARecordWasTakenIsProbedAtOnceAgain) {
  Begin();
  const absl::Duration now = absl::Hours(5);
  Reject(kRejectionsInARowMax);
  quarantine_->NoteProbeRejected(now);
  Answer({Append(100)}, v1::VERDICT_COMMITTED);
  BeginSession(kCollector);
  Reject(kRejectionsInARowMax);
  ASSERT_TRUE(quarantine_->blocks_upload());
  EXPECT_EQ(quarantine_->UntilProbe(now), absl::ZeroDuration());
}

TEST_F(QuarantineTest, AProbeIsSentOnceForEachTimeItIsDue) {
  Begin();
  EXPECT_FALSE(quarantine_->TakeProbeDue());
  quarantine_->SetProbeDue();
  EXPECT_TRUE(quarantine_->TakeProbeDue());
  EXPECT_FALSE(quarantine_->TakeProbeDue());
}

TEST_F(QuarantineTest, AnotherCollectorIsProbedAtOnce) {
  for (const CollectorName& other : {kOtherStore, kOtherVersion}) {
    Begin();
    Reject(kRejectionsInARowMax);
    quarantine_->NoteProbeRejected(absl::Hours(5));
    BeginSession(kCollector);
    EXPECT_FALSE(quarantine_->TakeProbeDue()) << "the same one is not";
    BeginSession(other);
    EXPECT_TRUE(quarantine_->TakeProbeDue());
    EXPECT_TRUE(quarantine_->blocks_upload()) << "until the probe is taken";
    EXPECT_EQ(quarantine_->UntilProbe(absl::Hours(5)), absl::ZeroDuration());
    EXPECT_EQ(quarantine_->rejected(), std::set<RecordName>());
  }
}

TEST_F(QuarantineTest, AnotherCollectorIsNotJudgedByTheRejectionsOfTheLast) {
  Begin();
  Reject(kRejectionsInARowMax - 1);
  BeginSession(kOtherStore);
  Reject(1);
  EXPECT_FALSE(quarantine_->blocks_upload());
}

TEST_F(QuarantineTest, ACopyIsOfferedAgainToAnotherCollectorAndDroppedOnceItIsTaken) {
  Begin();
  const Names names = AppendRecords(1);
  Answer(names, v1::VERDICT_REJECTED);
  BeginSession(kCollector);
  EXPECT_EQ(quarantine_->copies().Take(), std::nullopt) << "this one has refused it";
  BeginSession(kOtherStore);
  ASSERT_EQ(quarantine_->copies().Take(), names[0]);
  quarantine_->copies().NoteOffered(names[0]);
  Answer(names, v1::VERDICT_COMMITTED);
  EXPECT_EQ(spool_->stats().quarantined_copies, 0u);
}

TEST_F(QuarantineTest, ACopyThatIsRefusedStaysAndCountsAsNoRejection) {
  Begin();
  const Names names = AppendRecords(1);
  Answer(names, v1::VERDICT_REJECTED);
  BeginSession(kOtherStore);
  ASSERT_EQ(quarantine_->copies().Take(), names[0]);
  quarantine_->copies().NoteOffered(names[0]);
  Answer(names, v1::VERDICT_REJECTED);
  EXPECT_EQ(spool_->stats().quarantined_copies, 1u);
  EXPECT_EQ(counters_.rejected, 1u);
  EXPECT_EQ(quarantine_->rejected(), std::set<RecordName>());
  BeginSession(kOtherStore);
  EXPECT_EQ(quarantine_->copies().Take(), std::nullopt);
}

// The disk may be slow: the copy is ready when another collector is there.
TEST_F(QuarantineTest, ACopyMadeForTheLastCollectorIsNotReportedToTheNext) {
  Begin();
  const Names names = AppendRecords(1);
  quarantine_->Settle({}, VerdictOf(names, v1::VERDICT_REJECTED));
  quarantine_->BeginSession(kOtherStore);
  RunPending();
  EXPECT_EQ(spool_->RejectedAndHeld(), names);
  EXPECT_EQ(quarantine_->TakeUnreported(), Names());
}

}  // namespace
}  // namespace godwit::agent
