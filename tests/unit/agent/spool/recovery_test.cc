// What a spool knows of its folder when it is opened.
#include "agent/spool/recovery.h"

#include <gtest/gtest.h>

#include "tests/unit/agent/spool/segments_fixture.h"

namespace godwit::agent {
namespace {

using RecoveryTest = SegmentsTest;

TEST_F(RecoveryTest, AnEmptyFolderHasNothingAndIsComplete) {
  const RecoveredSpool spool = Recover();
  EXPECT_TRUE(spool.runs.empty());
  EXPECT_TRUE(spool.complete);
}

TEST_F(RecoveryTest, AFolderThatCannotBeListedIsAnError) {
  Put({.run = 7, .last_seq = 2});
  disk_.set_list_fails(true);
  EXPECT_FALSE(RecoverSpool(disk_, kFolder, "dev").ok());
}

TEST_F(RecoveryTest, FilesOfOtherNamesAreLeftAlone) {
  ASSERT_TRUE((*disk_.Create("/spool/readme.txt"))->Append("hello").ok());
  EXPECT_TRUE(Recover().runs.empty());
}

TEST_F(RecoveryTest, RunsAreInTheOrderOfTheirNumbersAndHoldWhatTheirNamesSay) {
  Put({.run = 9, .number = 2, .last_seq = 2, .past_runs = {{.run = 70, .last_seq = 6}}});
  Put({.run = 70, .number = 1, .first_seq = 1, .last_seq = 3});
  Put({.run = 70, .number = 1, .first_seq = 4, .last_seq = 6});
  const RecoveredSpool spool = Recover();
  ASSERT_EQ(spool.runs.size(), 2u);
  EXPECT_EQ(spool.runs[0].id, 70u);
  EXPECT_EQ(spool.runs[0].held.Ranges(), Ranges({{1, 6}}));
  EXPECT_EQ(spool.runs[0].last_seq, 6u);
  EXPECT_EQ(spool.runs[1].id, 9u);
  EXPECT_EQ(spool.runs[1].held.Ranges(), Ranges({{1, 2}}));
  EXPECT_TRUE(spool.complete);
}

TEST_F(RecoveryTest, OnlyTheLastSegmentOfTheNewestRunIsReadAndItsDamageIsALoss) {
  const std::string path = Put({.run = 7, .last_seq = 3});
  std::string bytes = disk_.BytesOf(path);
  bytes[bytes.size() - 1] ^= 1;  // the batch of record 3
  disk_.SetBytes(path, bytes);
  const RecoveredSpool spool = Recover();
  EXPECT_EQ(spool.runs.at(0).held.Ranges(), Ranges({{1, 2}}));
  EXPECT_EQ(spool.runs.at(0).last_seq, 3u);
  const std::vector<Loss> expected = {{.run = 7, .seqs = {3, 3}, .reason = LossReason::kDamaged}};
  EXPECT_EQ(spool.losses.All(), expected);
  EXPECT_GT(spool.damaged_bytes, 0u);
}

TEST_F(RecoveryTest, ARunEndedCleanlyOnlyWithItsEndOnTheDisk) {
  Put({.run = 7, .last_seq = 3});
  EXPECT_TRUE(Recover().runs.at(0).unclean);
  Put({.run = 8, .last_seq = 3, .ended = true});
  EXPECT_FALSE(Recover().runs.at(1).unclean);
}

TEST_F(RecoveryTest, WhatALaterRunSaysOfAnEarlierOneCounts) {
  Put({.run = 7,
       .last_seq = 2});  // its end was not written, and a run behind it knows it reached 5
  Put({.run = 8,
       .number = 2,
       .last_seq = 1,
       .past_runs = {{.run = 7, .last_seq = 5, .unclean = true}}});
  const RecoveredSpool spool = Recover();
  EXPECT_EQ(spool.runs.at(0).last_seq, 5u);
  EXPECT_TRUE(spool.runs.at(0).unclean);
  ASSERT_EQ(spool.past_runs.size(), 2u);
  EXPECT_EQ(spool.past_runs[0].run, 8u);
  const PastRun expected{.run = 7, .last_seq = 5, .unclean = true};
  EXPECT_EQ(spool.past_runs[1], expected);
}

TEST_F(RecoveryTest, ASegmentThatIsBackCountsWhateverALaterRunSaid) {
  Put({.run = 7, .last_seq = 2});
  Put({.run = 7, .first_seq = 3, .last_seq = 4});  // was away when run 8 began
  Put({.run = 8, .number = 2, .last_seq = 1, .past_runs = {{.run = 7, .last_seq = 2}}});
  const RecoveredSpool spool = Recover();
  EXPECT_EQ(spool.runs.at(0).held.Ranges(), Ranges({{1, 4}}));
  EXPECT_EQ(spool.runs.at(0).last_seq, 4u);
}

TEST_F(RecoveryTest, LossesAreThoseOfTheNewestRunsLastSegmentAndAreNotHeld) {
  const Loss loss{.run = 8, .seqs = {1, 2}, .reason = LossReason::kOverload};
  Put({.run = 8, .first_seq = 1, .last_seq = 2});
  Put({.run = 8, .first_seq = 3, .last_seq = 4, .losses = {loss}});
  const RecoveredSpool spool = Recover();
  EXPECT_EQ(spool.losses.All(), std::vector<Loss>{loss});
  EXPECT_EQ(spool.runs.at(0).held.Ranges(), Ranges({{3, 4}}));
}

TEST_F(RecoveryTest, ALossWhoseRecordsAreThereAgainIsNone) {
  Put({.run = 8, .first_seq = 1, .last_seq = 2});
  Put({.run = 8,
       .first_seq = 3,
       .last_seq = 4,
       .losses = {{.run = 8, .seqs = {1, 2}, .reason = LossReason::kDamaged}}});
  const RecoveredSpool spool = Recover();
  EXPECT_TRUE(spool.losses.All().empty());
  EXPECT_EQ(spool.runs.at(0).held.Ranges(), Ranges({{1, 4}}));
  EXPECT_EQ(spool.found_again.at(8).Ranges(), Ranges({{1, 2}}));
}

TEST_F(RecoveryTest, SegmentsOfAnotherDeviceAreForeignUntilTheyAreAdopted) {
  Put({.run = 7, .last_seq = 2, .device_id = "other"});
  const RecoveredSpool foreign = Recover();
  EXPECT_TRUE(foreign.runs.at(0).foreign);
  EXPECT_TRUE(foreign.past_runs.empty());
  const std::string adoption = std::string(kFolder) + "/" + AdoptionFileName("other");
  ASSERT_TRUE((*disk_.Create(adoption))->Append("other").ok());
  const RecoveredSpool adopted = Recover();
  EXPECT_FALSE(adopted.runs.at(0).foreign);
  EXPECT_EQ(adopted.past_runs.size(), 1u);
}

TEST_F(RecoveryTest, ARunThatCannotBeReadIsExcludedAndWorthTryingAgain) {
  disk_.set_unreadable(Put({.run = 7, .last_seq = 2}));
  const RecoveredSpool spool = Recover();
  EXPECT_TRUE(spool.runs.at(0).unread);
  EXPECT_TRUE(spool.runs.at(0).excluded());
  EXPECT_FALSE(spool.complete);
  EXPECT_TRUE(spool.losses.All().empty());
}

TEST_F(RecoveryTest, ALastSegmentThatCannotBeReadLeavesItsRunsEndUncertain) {
  Put({.run = 7, .last_seq = 2});
  disk_.set_unreadable(Put({.run = 7, .first_seq = 3, .last_seq = 4}));
  const RecoveredSpool spool = Recover();
  EXPECT_TRUE(spool.runs.at(0).uncertain);
  EXPECT_FALSE(spool.complete);
  EXPECT_EQ(spool.runs.at(0).held.Ranges(), Ranges({{1, 2}}));
  EXPECT_TRUE(spool.past_runs.at(0).uncertain);
}

}  // namespace
}  // namespace godwit::agent
