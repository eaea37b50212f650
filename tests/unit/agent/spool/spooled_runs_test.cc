// The runs on the disk, without a spool above them: what is sent next, what may be removed, and
// what is lost when files change.
#include "agent/spool/spooled_runs.h"

#include <gtest/gtest.h>

#include "agent/limits.h"
#include "tests/unit/agent/spool/segments_fixture.h"

namespace godwit::agent {
namespace {

constexpr RunId kCurrent = 99;

class SpooledRunsTest : public SegmentsTest {
 protected:
  // What lies in the folder, in front of a run that has no segment yet.
  void Open() {
    runs_.Begin(kCurrent, "dev");
    Refresh();
  }
  void Refresh() { runs_.PutInFront(Recover()); }
  std::vector<FileEntry> Listing() { return *disk_.List(kFolder); }
  // A segment of the current run, which names these past runs.
  void PutActive(const std::vector<PastRun>& past_runs) {
    const std::string path =
        std::string(kFolder) + "/" + SegmentFileName({.run = kCurrent, .first_seq = 1});
    writer_ = *SegmentWriter::Begin(*disk_.Create(path),
                                    {.device_id = "dev",
                                     .boot_id = BootId(kBootIdSize, 'b'),
                                     .run = kCurrent,
                                     .run_number = 10,
                                     .first_seq = 1},
                                    past_runs, {});
    runs_.SetActive(writer_.get(),
                    {.path = path, .name = {.run = kCurrent, .first_seq = 1}, .last_seq = 0},
                    past_runs);
  }
  Ranges Held(RunId run) const {
    for (const SpooledRun& each : runs_.all()) {
      if (each.id == run) return each.held.Ranges();
    }
    return {};
  }

  MemoryRing ring_;
  SpooledRuns runs_{disk_, ring_};
  std::unique_ptr<SegmentWriter> writer_;
};

TEST_F(SpooledRunsTest, RecordsComeOldestRunFirstAndSettledOnesAreSkipped) {
  Put({.run = 7, .number = 1, .last_seq = 3});
  Put({.run = 5, .number = 2, .last_seq = 2, .past_runs = {{.run = 7, .last_seq = 3}}});
  Open();
  runs_.ReplaceSettled({{7, SeqSet({{2, 2}})}}, {});
  std::vector<RecordName> names;
  for (auto at = runs_.Next(std::nullopt); at; at = runs_.Next(at)) names.push_back(*at);
  EXPECT_EQ(names, (std::vector<RecordName>{{7, 1}, {7, 3}, {5, 1}, {5, 2}}));
  EXPECT_EQ(runs_.UnsettledRecords(), 4u);
}

TEST_F(SpooledRunsTest, ACursorIntoARunThatIsGoneStartsAgainAtTheOldest) {
  Put({.run = 7, .last_seq = 2});
  Open();
  EXPECT_EQ(runs_.Next(RecordName{1234, 50}), (RecordName{7, 1}));
}

TEST_F(SpooledRunsTest, ASegmentGoesWhenAllItsRecordsAreSettledAndNotBefore) {
  const std::string first = Put({.run = 7, .last_seq = 2});
  Put({.run = 7, .first_seq = 3, .last_seq = 4});
  Open();
  runs_.AddSettled(7, {1, 1});
  EXPECT_TRUE(disk_.Open(first).ok());
  runs_.AddSettled(7, {2, 2});
  EXPECT_TRUE(absl::IsNotFound(disk_.Open(first).status()));
  EXPECT_EQ(Held(7), Ranges({{3, 4}}));
  EXPECT_EQ(runs_.lost_records(), 0u);
}

TEST_F(SpooledRunsTest, TheSegmentThatAloneNamesItsRunStaysUntilALaterRunNamesIt) {
  const std::string only = Put({.run = 7, .last_seq = 2, .ended = true});
  Open();
  runs_.AddSettled(7, {1, 2});
  EXPECT_TRUE(disk_.Open(only).ok());
  PutActive({{.run = 7, .last_seq = 2}});
  runs_.Trim();
  EXPECT_TRUE(absl::IsNotFound(disk_.Open(only).status()));
}

TEST_F(SpooledRunsTest, ASegmentWithALossThatIsNotReportedStays) {
  const std::string first = Put({.run = 7, .last_seq = 1});
  const Loss loss{7, {2, 2}, LossReason::kDamaged};
  Put({.run = 7, .first_seq = 3, .last_seq = 4, .losses = {loss}});
  Open();
  runs_.AddSettled(7, {1, 1});
  EXPECT_TRUE(disk_.Open(first).ok());
  runs_.losses().Remove(loss);
  runs_.Trim();
  EXPECT_TRUE(absl::IsNotFound(disk_.Open(first).status()));
}

TEST_F(SpooledRunsTest, TheOldestSegmentMakesRoomAndItsUnsettledRecordsAreALoss) {
  Put({.run = 7, .last_seq = 3});
  Put({.run = 7, .first_seq = 4, .last_seq = 6});
  Open();
  runs_.AddSettled(7, {1, 1});
  ASSERT_TRUE(runs_.DropOldest());
  EXPECT_EQ(Held(7), Ranges({{4, 6}}));
  EXPECT_TRUE(runs_.losses().Contains({7, {2, 3}, LossReason::kSpoolFull}));
  EXPECT_EQ(runs_.lost_records(), 2u);
  EXPECT_FALSE(runs_.DropOldest()) << "what is left alone names the run";
}

TEST_F(SpooledRunsTest, ASegmentThatCannotBeReadIsKeptAndANewerOneMakesRoom) {
  const std::string bad = Put({.run = 7, .last_seq = 2});
  const std::string newer = Put({.run = 7, .first_seq = 3, .last_seq = 4});
  Put({.run = 7, .first_seq = 5, .last_seq = 6});
  Open();
  disk_.set_unreadable(bad);
  ASSERT_TRUE(runs_.DropOldest());
  EXPECT_TRUE(absl::IsNotFound(disk_.Open(newer).status()));
  EXPECT_EQ(Held(7), Ranges({{1, 2}, {5, 6}}));
}

TEST_F(SpooledRunsTest, SegmentsOfOtherDevicesGoLast) {
  const std::string foreign = Put({.run = 3, .last_seq = 2, .device_id = "other"});
  Put({.run = 7, .number = 2, .last_seq = 2});
  Put({.run = 7, .number = 2, .first_seq = 3, .last_seq = 4});
  Open();
  ASSERT_TRUE(runs_.DropOldest());
  EXPECT_TRUE(disk_.Open(foreign).ok());
  ASSERT_TRUE(runs_.DropOldest());
  EXPECT_TRUE(absl::IsNotFound(disk_.Open(foreign).status()));
  EXPECT_EQ(Held(7), Ranges({{3, 4}}));
}

TEST_F(SpooledRunsTest, ASegmentThatIsTakenAwayIsALossAndIsHeldAgainWhenItIsBack) {
  Put({.run = 7, .last_seq = 2});
  const std::string taken = Put({.run = 7, .first_seq = 3, .last_seq = 4});
  Put({.run = 7, .first_seq = 5, .last_seq = 6});
  Open();
  EXPECT_TRUE(runs_.Match(Listing()));
  ASSERT_TRUE(disk_.Remove(taken).ok());
  EXPECT_FALSE(runs_.Match(Listing()));
  Refresh();
  EXPECT_TRUE(runs_.TakeNoteOfGone());
  EXPECT_FALSE(runs_.TakeNoteOfGone());
  EXPECT_EQ(Held(7), Ranges({{1, 2}, {5, 6}}));
  EXPECT_TRUE(runs_.losses().Contains({7, {3, 4}, LossReason::kDamaged}));
  Put({.run = 7, .first_seq = 3, .last_seq = 4});
  EXPECT_FALSE(runs_.Match(Listing()));
  Refresh();
  EXPECT_EQ(Held(7), Ranges({{1, 6}}));
}

TEST_F(SpooledRunsTest, AListingThatLeavesASegmentOutTakesNothing) {
  Put({.run = 7, .last_seq = 2});
  Put({.run = 7, .first_seq = 3, .last_seq = 4});
  Open();
  std::vector<FileEntry> listing = Listing();
  listing.pop_back();
  EXPECT_TRUE(runs_.Match(listing));
  EXPECT_EQ(Held(7), Ranges({{1, 4}}));
}

TEST_F(SpooledRunsTest, OnlyWhatWasHeldAndNotSettledIsALoss) {
  Put({.run = 7, .last_seq = 4});
  Open();
  runs_.ReplaceSettled({{7, SeqSet({{1, 2}})}}, {});
  runs_.Lose(7, {2, 9}, LossReason::kDamaged);
  EXPECT_EQ(runs_.lost_records(), 2u);
  EXPECT_TRUE(runs_.losses().Contains({7, {3, 4}, LossReason::kDamaged}));
  EXPECT_FALSE(runs_.losses().Touches(7, {5, 9}));
}

TEST_F(SpooledRunsTest, TheNewestUnsettledRecordIsTheLeastWantedOnlyWhenThereIsNoOther) {
  Put({.run = 7, .last_seq = 2});
  Open();
  EXPECT_EQ(runs_.NewestUnsettled({}), (RecordName{7, 2}));
  EXPECT_EQ(runs_.NewestUnsettled({{7, 2}}), (RecordName{7, 1}));
  EXPECT_EQ(runs_.NewestUnsettled({{7, 1}, {7, 2}}), (RecordName{7, 2}));
  runs_.AddSettled(7, {1, 2});
  EXPECT_EQ(runs_.NewestUnsettled({}), std::nullopt);
}

TEST_F(SpooledRunsTest, ARecordThatWasReportedAndIsNeitherHeldNorSettledIsAChange) {
  Put({.run = 7, .last_seq = 2});
  Open();
  const uint64_t before = runs_.changes();
  runs_.ReplaceSettled({}, {{7, SeqSet({{1, 2}})}});
  EXPECT_EQ(runs_.changes(), before);
  runs_.ReplaceSettled({}, {{7, SeqSet({{1, 3}})}});
  EXPECT_EQ(runs_.changes(), before + 1);
}

TEST_F(SpooledRunsTest, ARecordIsReadWithItsTablesFromTheSegmentThatHasThem) {
  const TableId id(kTableIdSize, 't');
  Put({.run = 7, .last_seq = 1, .tables = {{id, "table"}}});
  Put({.run = 7, .first_seq = 2, .last_seq = 2});
  Open();
  const auto record = runs_.Read({7, 1});
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->batch, "batch");
  EXPECT_EQ(record->tables, std::vector<TableId>{id});
  ASSERT_TRUE(runs_.Read({7, 2}).ok());
  EXPECT_EQ(runs_.ReadTable(id).value(), "table");
  EXPECT_TRUE(absl::IsNotFound(runs_.Read({7, 3}).status()));
}

TEST_F(SpooledRunsTest, ATableThatNoSegmentHasIsAwaitedForSomeRecordsAndThenGone) {
  const TableId id(kTableIdSize, 't');
  Put({.run = 7, .last_seq = 1});
  Open();
  EXPECT_TRUE(absl::IsNotFound(runs_.ReadTable(id).status()));
  for (uint64_t i = 0; i < kTableAwaitedAppends; ++i) runs_.NoteAppend();
  EXPECT_TRUE(absl::IsDataLoss(runs_.ReadTable(id).status()));
  runs_.NoteTable(id);
  EXPECT_TRUE(absl::IsNotFound(runs_.ReadTable(id).status()));
}

TEST_F(SpooledRunsTest, ADiskThatDoesNotReadAtTheMomentLosesNothing) {
  const std::string path = Put({.run = 7, .last_seq = 2});
  Open();
  disk_.set_unreadable(path);
  EXPECT_FALSE(runs_.Read({7, 1}).ok());
  EXPECT_TRUE(runs_.IsHeld({7, 1}));
  disk_.set_unreadable(path, false);
  EXPECT_TRUE(runs_.Read({7, 1}).ok());
  EXPECT_EQ(runs_.lost_records(), 0u);
}

}  // namespace
}  // namespace godwit::agent
