// The spool on a disk that fails, fills up, turns read-only, loses or changes bytes.
#include <gtest/gtest.h>

#include <algorithm>

#include "agent/spool/spool.h"
#include "tests/unit/agent/spool/spool_fixture.h"

namespace godwit::agent {
namespace {

using sim::Unsynced;
using sim::UnsyncedNames;
using SpoolDiskTest = SpoolTest;

TEST_F(SpoolDiskTest, AFailedSyncGoesToANewSegmentUnderTheSameName) {
  Open();
  Append(10);
  disk_.set_sync_fails(true);
  const Appended waiting = spool_->Append(Record(20, 'x'));
  EXPECT_EQ(waiting.fate, Appended::Fate::kInMemory);
  EXPECT_EQ(waiting.name.seq, 2u);
  // It is read from memory meanwhile.
  EXPECT_EQ(Unsettled().back(), waiting.name);
  EXPECT_EQ(spool_->Read(waiting.name)->batch, std::string(20, 'x'));
  disk_.set_sync_fails(false);
  Append(30);
  spool_.reset();
  disk_.PowerCut();
  Open();
  EXPECT_EQ(spool_->Read(waiting.name)->batch, std::string(20, 'x'));
  EXPECT_EQ(Unsettled().size(), 3u);
}

TEST_F(SpoolDiskTest, ASyncThatFailsOnceIsNoticedByNobody) {
  Open();
  Append(10);
  int syncs = 0;
  disk_.set_hook([&](bool after) { disk_.set_sync_fails(!after && ++syncs == 2); });
  EXPECT_EQ(spool_->Append(Record(20)).fate, Appended::Fate::kSafe);
  disk_.set_hook(nullptr);
  spool_.reset();
  disk_.PowerCut(Unsynced::kDropped, UnsyncedNames::kLost);
  Open();
  EXPECT_EQ(Unsettled().size(), 2u);
}

TEST_F(SpoolDiskTest, TheRingIsBoundedAndWhatFallsOutIsALoss) {
  SpoolOptions options = Options();
  options.ring_bytes = 1000;
  spool_ = *Spool::Open(options, disk_, random_);
  disk_.set_read_only(true);
  for (int i = 0; i < 10; ++i) spool_->Append(Record(200));
  EXPECT_LE(spool_->stats().bytes_in_memory, 1000u);
  EXPECT_FALSE(spool_->stats().disk.ok());
  const auto losses = spool_->UnreportedLosses();
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_EQ(losses[0].reason, LossReason::kDiskFailed);
  EXPECT_EQ(losses[0].seqs.first, 1u);
  EXPECT_EQ(losses[0].seqs.last + Unsettled().size(), 10u);
  disk_.set_read_only(false);
  Append(200);
  EXPECT_TRUE(spool_->stats().disk.ok());
  EXPECT_EQ(spool_->stats().bytes_in_memory, 0u);
}

TEST_F(SpoolDiskTest, WhatIsSettledFromMemoryIsNotWrittenAnyMore) {
  Open();
  const RunId run = Append(10).run;
  disk_.set_sync_fails(true);
  spool_->Append(Record(20));
  spool_->Append(Record(20));
  spool_->AddSettled(run, {1, 2});
  EXPECT_EQ(Unsettled(), (std::vector<RecordName>{{run, 3}}));
  disk_.set_sync_fails(false);
  Append(20);
  EXPECT_EQ(Unsettled(), (std::vector<RecordName>{{run, 3}, {run, 4}}));
}

TEST_F(SpoolDiskTest, AFullDiskIsNoErrorAndThenOver) {
  Open();
  disk_.set_space(disk_.UsedBytes() + 100);
  EXPECT_EQ(spool_->Append(Record(1000)).fate, Appended::Fate::kInMemory);
  disk_.set_space(ByteCount{1} << 30);
  EXPECT_EQ(Append(1000).seq, 2u);
  EXPECT_EQ(Unsettled().size(), 2u);
}

TEST_F(SpoolDiskTest, AReadOnlyDiskAtTheStartIsNoErrorAndItsRecordsAreRead) {
  Open();
  const RecordName before = Append(10);
  spool_.reset();
  disk_.set_read_only(true);
  Open();
  EXPECT_FALSE(spool_->stats().disk.ok());
  EXPECT_EQ(spool_->Append(Record(20)).fate, Appended::Fate::kInMemory);
  EXPECT_EQ(Unsettled().front(), before);
  EXPECT_TRUE(spool_->Read(before).ok());
  disk_.set_read_only(false);
  Append(30);
  EXPECT_EQ(Unsettled().size(), 3u);
}

TEST_F(SpoolDiskTest, SegmentsThatCannotBeReadForNowAreKeptAndComeBack) {
  Open();
  const RecordName before = Append(10);
  spool_.reset();
  disk_.set_read_fails(true);
  Open();
  Append(10);
  EXPECT_EQ(Unsettled().size(), 1u);
  disk_.set_read_fails(false);
  for (int i = 0; i < 3; ++i) Append(10);
  EXPECT_EQ(Unsettled().front(), before);
  EXPECT_EQ(Unsettled().size(), 5u);
}

TEST_F(SpoolDiskTest, NothingIsQuarantinedInAFolderThatIsNotReadYet) {
  max_bytes_ = ByteCount{256} << 10;
  Open();
  while (spool_->lost_records() == 0) Append(6000);
  spool_.reset();
  disk_.set_list_fails(true);
  Open();
  const ByteCount before = disk_.blocks();
  const RecordName waiting = spool_->Append(Record(10)).name;
  EXPECT_FALSE(spool_->CopyToQuarantine(waiting, QuarantineKind::kRejected).ok());
  EXPECT_EQ(disk_.blocks(), before);
}

// A run that could not read its predecessor at first does not name it: until a segment that does is
// durable, the predecessor's last one is the only evidence.
TEST_F(SpoolDiskTest, ARunThatIsNamedNowhereElseKeepsItsLastSegment) {
  Open();
  const RecordName before = Append(10);
  spool_->End();
  spool_.reset();
  disk_.set_read_fails(true);
  Open();
  disk_.set_read_fails(false);
  disk_.set_write_fails(true);
  spool_->Append(Record(10));  // reads what is there, and cannot write down what it found
  ASSERT_EQ(spool_->Runs().front().run, before.run);
  spool_->AddSettled(before.run, {before.seq, before.seq});
  spool_.reset();
  disk_.set_write_fails(false);
  Open();
  const RunState run = spool_->Runs().front();
  EXPECT_EQ(run.run, before.run);
  EXPECT_EQ(run.last_seq, before.seq);
  EXPECT_FALSE(run.unclean);
}

TEST_F(SpoolDiskTest, ATableThatCouldNotBeReadForNowIsNotMissing) {
  Open();
  Append(10);
  spool_.reset();
  Open();
  disk_.set_read_fails(true);
  EXPECT_FALSE(spool_->ReadTable(TableId(kTableIdSize, 't')).ok());
  disk_.set_read_fails(false);
  EXPECT_TRUE(spool_->ReadTable(TableId(kTableIdSize, 't')).ok());
}

TEST_F(SpoolDiskTest, ATableThatWasMissingIsFoundOnceItIsWritten) {
  Open();
  const TableId table(kTableIdSize, 't');
  EXPECT_TRUE(absl::IsNotFound(spool_->ReadTable(table).status()));
  Append(10);  // with that table, into the same segment
  EXPECT_TRUE(spool_->ReadTable(table).ok());
}

TEST_F(SpoolDiskTest, ATableThatNoSegmentBringsBackIsDamagedForGood) {
  Open();
  const TableId gone(kTableIdSize, 'g');
  EXPECT_TRUE(absl::IsNotFound(spool_->ReadTable(gone).status()));
  for (uint64_t i = 1; i < kTableAwaitedAppends; ++i) Append(10);
  EXPECT_TRUE(absl::IsNotFound(spool_->ReadTable(gone).status()));
  Append(10);
  EXPECT_TRUE(absl::IsDataLoss(spool_->ReadTable(gone).status()));
}

TEST_F(SpoolDiskTest, ASegmentThatCannotBeReadIsKeptAndANewerOneMakesRoom) {
  max_bytes_ = ByteCount{64} << 10;
  Open();
  std::vector<RecordName> names;
  for (int i = 0; i < 6; ++i) names.push_back(Append(6000));  // one a segment
  const std::string unreadable = Path();
  spool_.reset();
  disk_.set_unreadable(unreadable);
  Open();
  while (spool_->lost_records() == 0) Append(6000);
  EXPECT_EQ(Path(), unreadable);
  const std::vector<Loss> losses = spool_->UnreportedLosses();
  ASSERT_FALSE(losses.empty());
  EXPECT_EQ(losses[0], (Loss{names[1].run, {2, 2}, LossReason::kSpoolFull}));
}

TEST_F(SpoolDiskTest, OfADiskThatDoesNotReadNoSegmentGoesBeforeAnOlderOne) {
  max_bytes_ = ByteCount{64} << 10;
  Open();
  for (int i = 0; i < 6; ++i) Append(6000);  // one a segment
  spool_.reset();
  Open();  // the last is read
  disk_.set_read_fails(true);
  const size_t before = Segments();
  for (int i = 0; i < 6; ++i) spool_->Append(Record(6000));
  EXPECT_EQ(spool_->lost_records(), 0u);
  EXPECT_GE(Segments(), before);
}

// Segments behind the oldest were trimmed: by its name it would have their records, too.
TEST_F(SpoolDiskTest, OnlyWhatADroppedSegmentHadIsLostForLackOfRoom) {
  max_bytes_ = ByteCount{64} << 10;
  Open();
  std::vector<RecordName> names;
  for (int i = 0; i < 6; ++i) names.push_back(Append(6000));  // one a segment
  for (size_t i = 1; i < names.size(); ++i) {
    spool_->AddSettled(names[i].run, {names[i].seq, names[i].seq});
  }
  spool_.reset();
  Open();
  while (spool_->lost_records() == 0) Append(6000);
  const std::vector<Loss> losses = spool_->UnreportedLosses();
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_EQ(losses[0], (Loss{names[0].run, {1, 1}, LossReason::kSpoolFull}));
}

// The records in front of it were lost for another reason, and lie in no segment.
TEST_F(SpoolDiskTest, OneDamagedRecordIsDamagedWhateverElseItsSegmentLacks) {
  Open();
  for (int i = 0; i < 20; ++i) spool_->Lose(LossReason::kOverload);
  const RecordName first = Append(10);
  const size_t before = disk_.BytesOf(Path()).size();
  const RecordName damaged = Append(10);
  const size_t after = disk_.BytesOf(Path()).size();
  Append(10);
  spool_->ConfirmReported(spool_->UnreportedLosses());
  spool_.reset();
  std::string bytes = disk_.BytesOf(Path());
  for (size_t at = before; at < after; ++at) bytes[at] = '-';
  disk_.SetBytes(Path(), bytes);
  Open();
  EXPECT_TRUE(spool_->Read(first).ok());
  EXPECT_FALSE(spool_->Read(damaged).ok());
  EXPECT_EQ(spool_->UnreportedLosses(),
            (std::vector<Loss>{{damaged.run, {1, 20}, LossReason::kOverload},
                               {damaged.run, {damaged.seq, damaged.seq}, LossReason::kDamaged}}));
}

TEST_F(SpoolDiskTest, AMissingSegmentIsALossOnceItIsWanted) {
  Open();
  for (int i = 0; i < 30; ++i) Append(100'000);
  spool_.reset();
  ASSERT_TRUE(disk_.Remove(Path(1)).ok());
  Open();
  std::vector<RecordName> read;
  std::optional<RecordName> at;
  while ((at = spool_->Next(at))) {
    if (spool_->Read(*at).ok()) read.push_back(*at);
  }
  EXPECT_LT(read.size(), 30u);
  EXPECT_EQ(read.size() + spool_->lost_records(), 30u);
  EXPECT_EQ(Unsettled(), read);
}

TEST_F(SpoolDiskTest, BytesThatChangeUnderARunningSpoolAreNotDelivered) {
  Open();
  const RecordName name = Append(100);
  std::string bytes = disk_.BytesOf(Path());
  bytes.back() = '!';
  disk_.SetBytes(Path(), bytes);
  EXPECT_TRUE(absl::IsDataLoss(spool_->Read(name).status()));
  EXPECT_EQ(spool_->lost_records(), 1u);
  EXPECT_TRUE(spool_->Runs().back().held.empty());
}

TEST_F(SpoolDiskTest, WithoutAnySoundHeaderItsRecordsAreStillRead) {
  Open();
  const RecordName name = Append(10);
  spool_.reset();
  std::string bytes = disk_.BytesOf(Path());
  const size_t first_table = bytes.find("the table") - kTableIdSize - kEntryHeaderBytes;
  std::fill(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(first_table), 'X');
  disk_.SetBytes(Path(), bytes);
  Open();
  EXPECT_TRUE(spool_->Read(name).ok());
  EXPECT_EQ(*spool_->ReadTable(spool_->Read(name)->tables[0]), "the table");
}

}  // namespace
}  // namespace godwit::agent
