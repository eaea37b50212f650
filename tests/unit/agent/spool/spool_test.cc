// What the spool keeps, reports and removes on a disk that is well.
#include "agent/spool/spool.h"

#include <gtest/gtest.h>

#include "tests/unit/agent/spool/spool_fixture.h"

namespace godwit::agent {
namespace {

TEST_F(SpoolTest, ARecordReadsBackWithItsTables) {
  Open();
  const RecordName name = Append(100);
  EXPECT_EQ(name.seq, 1u);
  const auto record = spool_->Read(name);
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->batch, std::string(100, 'r'));
  EXPECT_EQ(record->tables, std::vector<TableId>{std::string(kTableIdSize, 't')});
  EXPECT_EQ(*spool_->ReadTable(record->tables[0]), "the table");
}

TEST_F(SpoolTest, AnAppendedRecordSurvivesAPowerCut) {
  Open();
  const RecordName name = Append(1000);
  spool_.reset();
  disk_.PowerCut();
  Open();
  EXPECT_TRUE(spool_->Read(name).ok());
  EXPECT_NE(spool_->run(), name.run) << "every start is a new run";
}

TEST_F(SpoolTest, ANewRunNamesTheOneItFollows) {
  Open();
  const RunId first = Append(10).run;
  Append(10);
  Open();
  const auto runs = spool_->Runs();
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].run, first);
  EXPECT_EQ(runs[0].last_seq, 2u);
  EXPECT_EQ(runs[1].run, spool_->run());
  EXPECT_EQ(runs[1].follows_run, first);
  EXPECT_EQ(runs[1].follows_last_seq, 2u);
  EXPECT_EQ(runs[1].last_seq, 0u);
}

TEST_F(SpoolTest, RunsAreReadOldestFirstEvenWhenTheWallClockRanBack) {
  std::vector<RecordName> written;
  for (int run = 0; run < 5; ++run) {
    Open();
    written.push_back(Append(10));
    written.push_back(Append(10));
    wall_ns_ -= 100;
  }
  EXPECT_EQ(Unsettled(), written);
}

TEST_F(SpoolTest, SegmentsGoWhenAllTheirRecordsAreSettledButNeverTheNewest) {
  Open();
  const RunId run = Append(700'000).run;
  for (int i = 0; i < 5; ++i) Append(700'000);
  const size_t before = Segments();
  EXPECT_GT(before, 3u);
  spool_->AddSettled(run, {1, 3});
  EXPECT_LT(Segments(), before);
  EXPECT_EQ(Unsettled().front().seq, 4u);
  spool_->AddSettled(run, {4, 6});
  EXPECT_EQ(Segments(), 1u);
  EXPECT_TRUE(Unsettled().empty());
}

TEST_F(SpoolTest, WhatTheCollectorSaysReplacesWhatWasKnown) {
  Open();
  const RunId run = Append(10).run;
  Append(10);
  spool_->ReplaceSettled({{run, SeqSet({{1, 2}})}});
  EXPECT_TRUE(Unsettled().empty());
  spool_->ReplaceSettled({});
  EXPECT_EQ(Unsettled().size(), 2u);
}

// While OpenSession is under way, the previous answer is still in force.
TEST_F(SpoolTest, ARecordReportedAsHeldAndTrimmedBeforeTheAnswerIsAChange) {
  max_bytes_ = ByteCount{64} << 10;
  Open();
  for (int i = 0; i < 6; ++i) Append(6000);  // one a segment
  const RunId run = spool_->run();
  const std::map<RunId, SeqSet> reported = {{run, spool_->Runs().back().held}};
  const uint64_t before = spool_->changes();
  spool_->ReplaceSettled({{run, SeqSet({{1, 2}})}}, reported);
  EXPECT_EQ(spool_->changes(), before);
  spool_->ReplaceSettled({}, reported);  // of another collector, which has none of them
  EXPECT_GT(spool_->changes(), before);
}

TEST_F(SpoolTest, TheBoundHoldsAndTheOldestRecordsGo) {
  max_bytes_ = ByteCount{1} << 20;
  Open();
  for (int i = 0; i < 100; ++i) {
    Append(50'000);
    EXPECT_LE(disk_.UsedBytes(), max_bytes_);
  }
  EXPECT_GT(spool_->lost_records(), 0u);
  EXPECT_EQ(Unsettled().back().seq, 100u);
  const auto runs = spool_->Runs();
  EXPECT_EQ(runs.back().last_seq, 100u);
  EXPECT_FALSE(runs.back().held.Contains(Seq{1}));
}

TEST_F(SpoolTest, DropNewestRefusesWhatDoesNotFit) {
  max_bytes_ = ByteCount{1} << 20;
  SpoolOptions options = Options();
  options.when_full = WhenFull::kDropNewest;
  spool_ = *Spool::Open(options, disk_, random_);
  Appended appended;
  do {
    appended = spool_->Append(Record(50'000));
  } while (appended.fate == Appended::Fate::kSafe && appended.name.seq < 100);
  EXPECT_EQ(appended.fate, Appended::Fate::kLost);
  EXPECT_EQ(Unsettled().front().seq, 1u);
  EXPECT_EQ(spool_->lost_records(), 1u);
  const Loss loss{
      appended.name.run, {appended.name.seq, appended.name.seq}, LossReason::kSpoolFull};
  EXPECT_EQ(spool_->UnreportedLosses(), std::vector<Loss>{loss});
  // Room again: the next one is taken, and the gap before it stays.
  spool_->AddSettled(appended.name.run, {1, 10});
  EXPECT_EQ(spool_->Append(Record(50'000)).fate, Appended::Fate::kSafe);
}

TEST_F(SpoolTest, BelowTheReserveTheSpoolGrowsNoFurtherAndShrinksNoFurther) {
  Open();
  for (int i = 0; i < 60; ++i) Append(50'000);
  const ByteCount held = spool_->stats().bytes;
  ASSERT_GT(held, ByteCount{2} << 20);
  disk_.set_space(disk_.UsedBytes() + 100'000);  // somebody's log flood: less than 5 % is left
  const ByteCount segment = max_bytes_ / 8;
  for (int i = 0; i < 60; ++i) {
    Append(50'000);
    EXPECT_LE(spool_->stats().bytes, held);
    EXPECT_GE(spool_->stats().bytes, held - 2 * segment);
  }
  EXPECT_GT(spool_->lost_records(), 0u);
}

TEST_F(SpoolTest, ARunThatIsNotEndedIsReportedAsCutOff) {
  Open();
  const RunId killed = Append(10).run;
  Open();
  const RunId ended = Append(10).run;
  spool_->End();
  Open();
  const auto runs = spool_->Runs();
  ASSERT_EQ(runs.size(), 3u);
  EXPECT_EQ(runs[0].run, killed);
  EXPECT_TRUE(runs[0].unclean);
  EXPECT_EQ(runs[1].run, ended);
  EXPECT_FALSE(runs[1].unclean);
}

TEST_F(SpoolTest, RunsAreKnownAfterTheirSegmentsAreGone) {
  std::vector<RunId> runs;
  for (int i = 0; i < 5; ++i) {
    Open();
    runs.push_back(Append(10).run);
    Append(10);
    for (const RunId run : runs) spool_->AddSettled(run, {1, 2});
  }
  Open();
  spool_->ReplaceSettled({});
  const auto states = spool_->Runs();
  ASSERT_EQ(states.size(), 6u);
  for (size_t i = 0; i < runs.size(); ++i) {
    EXPECT_EQ(states[i].run, runs[i]);
    EXPECT_EQ(states[i].last_seq, 2u);
    EXPECT_EQ(states[i].follows_run, i == 0 ? 0 : runs[i - 1]);
  }
}

TEST_F(SpoolTest, LossesAreReportedAfterARestartUntilACollectorHasAnswered) {
  max_bytes_ = ByteCount{1} << 20;
  Open();
  const RunId run = spool_->run();
  for (int i = 0; i < 40; ++i) Append(50'000);
  const RecordName lost = spool_->Lose(LossReason::kOverload);
  Append(10);
  Open();
  const auto losses = spool_->UnreportedLosses();
  ASSERT_EQ(losses.size(), 2u);
  EXPECT_EQ(losses[0].reason, LossReason::kSpoolFull);
  EXPECT_EQ(losses[0].run, run);
  EXPECT_EQ(losses[0].seqs.first, 1u);
  EXPECT_EQ(losses[1], (Loss{run, {lost.seq, lost.seq}, LossReason::kOverload}));
  spool_->ConfirmReported(losses);
  EXPECT_TRUE(spool_->UnreportedLosses().empty());
  // The next segment no longer begins with them.
  Append(120'000);
  Append(120'000);
  Open();
  for (const Loss& loss : spool_->UnreportedLosses()) EXPECT_NE(loss.reason, LossReason::kOverload);
}

TEST_F(SpoolTest, ARecordTooLargeForTheSpoolIsALossWithItsReason) {
  max_bytes_ = ByteCount{1} << 20;
  Open();
  EXPECT_EQ(spool_->Append(Record(400'000)).fate, Appended::Fate::kLost);
  ASSERT_EQ(spool_->UnreportedLosses().size(), 1u);
  EXPECT_EQ(spool_->UnreportedLosses()[0].reason, LossReason::kTooLarge);
}

TEST_F(SpoolTest, OpeningReadsTheLastSegmentAndABlockOfEachRun) {
  Open();
  for (int i = 0; i < 40; ++i) Append(100'000);
  spool_.reset();
  disk_.count_reads();
  Open();
  EXPECT_GT(Segments(), 3u);
  EXPECT_LE(disk_.bytes_read(), max_bytes_ / 8 + 100'000);
  EXPECT_EQ(Unsettled().size(), 40u);
}

TEST_F(SpoolTest, SegmentsOfAnotherDeviceAreKeptAndNotSent) {
  Open();
  Append(10);
  SpoolOptions other = Options();
  other.device_id = "somebody else";
  spool_.reset();
  spool_ = *Spool::Open(other, disk_, random_);
  EXPECT_TRUE(Unsettled().empty());
  EXPECT_EQ(spool_->stats().foreign_segments, 1u);
  EXPECT_EQ(spool_->Runs().size(), 1u);
  Append(10);
  EXPECT_EQ(Unsettled().size(), 1u);
}

TEST_F(SpoolTest, SegmentsOfAnotherDeviceGoLastOfAllWhenThereIsNoRoom) {
  max_bytes_ = ByteCount{1} << 20;
  Open();
  for (int i = 0; i < 15; ++i) Append(50'000);
  const size_t foreign = Segments();
  spool_.reset();
  SpoolOptions other = Options();
  other.device_id = "somebody else";
  spool_ = *Spool::Open(other, disk_, random_);
  for (int i = 0; i < 20; ++i) Append(50'000);
  // All but the newest of its own went first.
  EXPECT_EQ(spool_->stats().foreign_segments, foreign);
  EXPECT_GT(spool_->lost_records(), 0u);
  // A spool full of them still has room for a device of its own.
  for (int i = 0; i < 3; ++i) {
    other.device_id += "!";
    spool_.reset();
    spool_ = *Spool::Open(other, disk_, random_);
    for (int j = 0; j < 10; ++j) Append(50'000);
    EXPECT_TRUE(spool_->stats().disk.ok());
    EXPECT_LE(disk_.UsedBytes(), max_bytes_);
  }
  EXPECT_LT(Segments(), 20u);
}

TEST_F(SpoolTest, AdoptedSegmentsOfAnotherDeviceAreSent) {
  Open();
  const RecordName name = Append(10);
  spool_.reset();
  SpoolOptions other = Options();
  other.device_id = "somebody else";
  auto file = disk_.Create("/spool/" + AdoptionFileName("dev"));
  ASSERT_TRUE((*file)->Append("dev").ok());
  spool_ = *Spool::Open(other, disk_, random_);
  EXPECT_EQ(Unsettled(), std::vector<RecordName>{name});
  EXPECT_EQ(spool_->Read(name)->batch, std::string(10, 'r'));
}

TEST_F(SpoolTest, OnlyOneAgentHoldsASpool) {
  Open();
  EXPECT_TRUE(absl::IsUnavailable(Spool::Open(Options(), disk_, random_).status()));
}

TEST_F(SpoolTest, ACursorIntoADroppedRunStartsAtTheOldest) {
  Open();
  const RecordName gone{.run = 12345, .seq = 7};
  const RecordName first = Append(10);
  EXPECT_EQ(spool_->Next(gone), first);
}

}  // namespace
}  // namespace godwit::agent
