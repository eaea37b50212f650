// The spool while somebody moves, deletes, replaces or puts back its files.
#include <gtest/gtest.h>

#include <algorithm>

#include "agent/spool/spool.h"
#include "base/text.h"
#include "tests/unit/agent/spool/spool_fixture.h"

namespace godwit::agent {
namespace {

class SpoolFolderTest : public SpoolTest {
 protected:
  // A run of six records, one a segment, that is over.
  void LeaveSixSegments() {
    max_bytes_ = ByteCount{1} << 20;
    Open();
    for (int i = 0; i < 6; ++i) left_.push_back(Append(100'000));
    spool_.reset();
    ASSERT_EQ(Segments(), 6u);
  }
  // Whatever may be sent can be read; what cannot is no longer offered.
  std::vector<RecordName> ReadAll() {
    std::vector<RecordName> read;
    std::optional<RecordName> at;
    while ((at = spool_->Next(at))) {
      if (spool_->Read(*at).ok()) read.push_back(*at);
    }
    return read;
  }
  // Of its segments, the first.
  std::string PathOfRun(RunId run) {
    const auto paths = disk_.Paths("/spool/" + Hex(run));
    return paths.empty() ? "" : paths.front();
  }
  size_t RunSegments(RunId run) { return disk_.Paths("/spool/" + Hex(run)).size(); }
  void ReportLosses() { spool_->ConfirmReported(spool_->UnreportedLosses()); }
  // As many as it takes to look at the folder again, whenever that was done last.
  void AppendUntilRelisted() {
    for (int i = 0; i < 65; ++i) Append(10);
  }
  bool Sends(const RecordName& name) {
    const std::vector<RecordName> all = ReadAll();
    return std::find(all.begin(), all.end(), name) != all.end();
  }

  std::vector<RecordName> left_;
};

TEST_F(SpoolFolderTest, ALastSegmentThatWasAwayForOneStartIsSentWhenItIsBack) {
  LeaveSixSegments();
  disk_.MoveAway(Path(5));
  Open();
  Append(10);
  spool_.reset();
  disk_.PutBack();
  Open();
  // What a collector settles of the rest takes nothing from it.
  spool_->ReplaceSettled({{left_[0].run, SeqSet({{1, 5}})}});
  EXPECT_TRUE(Sends(left_[5]));
  EXPECT_EQ(spool_->Runs().front().last_seq, 6u);
}

TEST_F(SpoolFolderTest, ARunIsRememberedAsItWasFoundAndNotAsALaterRunFirstKnewIt) {
  LeaveSixSegments();
  disk_.MoveAway(Path(5));
  Open();
  disk_.PutBack();
  AppendUntilRelisted();
  spool_->AddSettled(left_[0].run, {1, 6});
  AppendUntilRelisted();
  EXPECT_EQ(spool_->Runs().front().last_seq, 6u);
  Open();
  EXPECT_EQ(spool_->Runs().front().run, left_[0].run);
  EXPECT_EQ(spool_->Runs().front().last_seq, 6u);
}

TEST_F(SpoolFolderTest, WhatIsDamagedWhereItWasWrittenAgainIsReadFromTheFileThatIsBack) {
  for (const bool is_last : {true, false}) {
    max_bytes_ = ByteCount{1} << 20;
    Open();
    const RecordName name = Append(100, 'x');
    disk_.MoveAway(PathOfRun(name.run));
    Append(10);  // and the first again
    const std::string again = PathOfRun(name.run);
    if (!is_last) {
      while (RunSegments(name.run) < 2) Append(100'000);
    }
    spool_.reset();
    disk_.PutBack();
    std::string bytes = disk_.BytesOf(again);
    const size_t at = bytes.find(std::string(100, 'x'));
    ASSERT_NE(at, std::string::npos);
    bytes[at] = '-';
    disk_.SetBytes(again, bytes);
    Open();
    EXPECT_TRUE(Sends(name)) << is_last;
    EXPECT_TRUE(spool_->UnreportedLosses().empty()) << is_last;
  }
}

// By its name it would have the next record, whose segment was trimmed.
TEST_F(SpoolFolderTest, OnlyWhatASegmentThatIsBackHasIsLostForLackOfRoom) {
  LeaveSixSegments();
  Open();
  ASSERT_TRUE(spool_->Read(left_[4]).ok());
  const std::string away = Path(4);
  disk_.MoveAway(away);
  AppendUntilRelisted();
  spool_->AddSettled(left_[0].run, {1, 4});
  spool_->AddSettled(left_[0].run, {6, 6});
  spool_->ReplaceSettled({{left_[0].run, SeqSet({{1, 4}})}});  // by a collector that was restored
  disk_.PutBack();
  AppendUntilRelisted();
  while (disk_.Paths(away).size() == 1) Append(100'000);
  bool dropped = false;
  for (const Loss& loss : spool_->UnreportedLosses()) {
    if (loss.run != left_[0].run) continue;
    dropped |= loss == Loss{left_[4].run, {5, 5}, LossReason::kSpoolFull};
    EXPECT_LT(loss.seqs.last, 6u);
  }
  EXPECT_TRUE(dropped);
}

TEST_F(SpoolFolderTest, ARunIsAsLongAsTheRunSaysThatKnewMostOfIt) {
  LeaveSixSegments();
  const std::vector<std::string> sent = {Path(1), Path(2), Path(3), Path(4), Path(5)};
  Open();
  spool_.reset();
  for (const std::string& path : sent) ASSERT_TRUE(disk_.Remove(path).ok());
  const std::string second =
      Path(0).find(Hex(left_[0].run)) == std::string::npos ? Path(0) : Path(1);
  disk_.MoveAway(second);
  Open();
  spool_.reset();
  disk_.PutBack();
  Open();
  EXPECT_EQ(spool_->Runs().front().run, left_[0].run);
  EXPECT_EQ(spool_->Runs().front().last_seq, 6u);
}

// It was moved away while it was written, and the power went in the middle of what took its place.
TEST_F(SpoolFolderTest, HowFarARunGotIsRememberedWhenOnlyAFileThatWasAwayShowsIt) {
  Open();
  const RecordName name = Append(100, 'x');
  disk_.MoveAway(Path());
  Append(10);  // by the descriptor, and again behind the first
  const std::string bytes = disk_.BytesOf(Path());
  const size_t record = bytes.find(std::string(100, 'x')) - kTableIdSize - kEntryHeaderBytes;
  disk_.SetBytes(Path(), bytes.substr(0, record));
  Open();
  disk_.PutBack();
  AppendUntilRelisted();
  spool_->ReplaceSettled({});
  ASSERT_TRUE(Sends(name));
  spool_->AddSettled(name.run, {1, 2});
  EXPECT_EQ(spool_->Runs().front().last_seq, 2u);
  Append(10);
  spool_->ReplaceSettled({{name.run, SeqSet({{1, 2}})}});
  EXPECT_EQ(RunSegments(name.run), 0u);
  Open();
  EXPECT_EQ(spool_->Runs().front().run, name.run);
  EXPECT_EQ(spool_->Runs().front().last_seq, 2u);
}

TEST_F(SpoolFolderTest, WhatWasFoundDamagedWhereItWasWrittenAgainIsNotLostOnceTheFileIsBack) {
  Open();
  const RecordName name = Append(100, 'x');
  disk_.MoveAway(PathOfRun(name.run));
  Append(10);  // and the first again
  spool_.reset();
  const std::string again = PathOfRun(name.run);
  std::string bytes = disk_.BytesOf(again);
  const size_t at = bytes.find(std::string(100, 'x'));
  ASSERT_NE(at, std::string::npos);
  bytes[at] = '-';
  disk_.SetBytes(again, bytes);
  Open();
  EXPECT_FALSE(Sends(name));
  ASSERT_EQ(spool_->UnreportedLosses().size(), 1u);
  disk_.PutBack();
  AppendUntilRelisted();
  EXPECT_TRUE(Sends(name));
  EXPECT_TRUE(spool_->UnreportedLosses().empty());
}

// It was away for a start, and what had been written again from it was cut off, before or behind a
// record.
TEST_F(SpoolFolderTest, ASegmentOfARunThatWasCutOffIsReadBeforeItGoes) {
  for (const bool all_cut : {true, false}) {
    Open();
    const RecordName settled = Append(10);
    const RecordName second = Append(100, 'x');
    spool_->AddSettled(settled.run, {1, 1});
    disk_.MoveAway(PathOfRun(settled.run));
    const RecordName third = Append(100, 'y');  // by the descriptor, and again behind the second
    const std::string again = PathOfRun(settled.run);
    const std::string bytes = disk_.BytesOf(again);
    const size_t cut = bytes.find(std::string(100, all_cut ? 'x' : 'y'));
    ASSERT_NE(cut, std::string::npos);
    disk_.SetBytes(again, bytes.substr(0, cut - kTableIdSize - kEntryHeaderBytes));
    Open();
    spool_.reset();
    disk_.PutBack();
    Open();
    spool_->ReplaceSettled({{settled.run, SeqSet({{1, all_cut ? 1u : 2u}})}});
    EXPECT_EQ(Sends(second), all_cut);
    EXPECT_TRUE(Sends(third)) << all_cut;
    Append(10);  // a segment that says how far the run got
    spool_->AddSettled(settled.run, {1, 3});
    EXPECT_EQ(RunSegments(settled.run), 0u) << all_cut;
  }
}

TEST_F(SpoolFolderTest, ALastSegmentIsReadBeforeItGoesWhateverALaterRunKnewOfIt) {
  Open();
  const RecordName first = Append(10);
  const std::string one = disk_.BytesOf(Path());
  const RecordName second = Append(10);
  const std::string two = disk_.BytesOf(Path());
  spool_.reset();
  disk_.SetBytes(Path(), one);  // a copy that was made before the second record
  Open();
  spool_.reset();
  disk_.SetBytes(Path(), two);
  Open();
  spool_->ReplaceSettled({{first.run, SeqSet({{1, 1}})}});
  EXPECT_TRUE(Sends(second));
}

TEST_F(SpoolFolderTest, HowFarARunGotIsRememberedAlthoughItsLastSegmentIsReadOnlyToBeRemoved) {
  for (const bool settled : {true, false}) {
    max_bytes_ = ByteCount{128} << 10;
    Open();
    const RecordName first = Append(10);
    const std::string one = disk_.BytesOf(PathOfRun(first.run));
    Append(10);
    const std::string two = disk_.BytesOf(PathOfRun(first.run));
    spool_.reset();
    disk_.SetBytes(PathOfRun(first.run), one);  // a copy that was made before the second record
    Open();
    spool_.reset();
    disk_.SetBytes(PathOfRun(first.run), two);
    Open();
    if (settled) spool_->ReplaceSettled({{first.run, SeqSet({{1, 2}})}});
    for (int i = 0; i < 20; ++i) Append(10'000);  // or it goes for lack of room
    spool_->ReplaceSettled({{first.run, SeqSet({{1, 2}})}});
    EXPECT_EQ(RunSegments(first.run), 0u) << settled;
    Open();
    const std::vector<RunState> runs = spool_->Runs();
    const auto of_first = std::find_if(runs.begin(), runs.end(),
                                       [&](const RunState& run) { return run.run == first.run; });
    ASSERT_NE(of_first, runs.end());
    EXPECT_EQ(of_first->last_seq, 2u) << settled;
  }
}

TEST_F(SpoolFolderTest, ASegmentReportedAsLostIsSentWhenItIsBack) {
  LeaveSixSegments();
  disk_.MoveAway(Path(2));
  Open();
  ReadAll();
  EXPECT_EQ(spool_->lost_records(), 1u);
  ReportLosses();
  Append(10);
  spool_.reset();
  disk_.PutBack();
  Open();
  EXPECT_TRUE(Sends(left_[2]));
}

TEST_F(SpoolFolderTest, AnUnreportedLossIsNoneOnceItsSegmentIsBack) {
  LeaveSixSegments();
  Open();
  disk_.MoveAway(Path(2));
  EXPECT_FALSE(spool_->Read(left_[2]).ok());
  EXPECT_EQ(spool_->UnreportedLosses(),
            (std::vector<Loss>{{left_[2].run, {3, 3}, LossReason::kDamaged}}));
  Append(10);  // the next segment begins with it
  spool_.reset();
  disk_.PutBack();
  Open();
  EXPECT_TRUE(spool_->UnreportedLosses().empty());
  EXPECT_TRUE(Sends(left_[2]));
}

// It found its own segments when it listed the folder again, and no run before them. The next run
// finds a spool beyond its bound, and has no segment yet that names that run.
TEST_F(SpoolFolderTest, ARunThatListedItsOwnSegmentsMakesRoomForTheNextRun) {
  max_bytes_ = ByteCount{128} << 10;
  Open();
  Append(10);
  disk_.MoveAway(Path());
  Append(10);
  disk_.PutBack();
  AppendUntilRelisted();
  for (int i = 0; i < 10; ++i) Append(6000);
  max_bytes_ = ByteCount{64} << 10;
  Open();
  Append(6000);
  EXPECT_LE(disk_.blocks(), max_bytes_);
}

TEST_F(SpoolFolderTest, ANameThatAListingLeavesOutIsFoundByALaterOne) {
  LeaveSixSegments();
  disk_.set_list_omits(true);
  Open();
  disk_.set_list_omits(false);
  AppendUntilRelisted();
  for (const RecordName& name : left_) EXPECT_TRUE(Sends(name)) << name.seq;
  EXPECT_TRUE(spool_->UnreportedLosses().empty());
}

TEST_F(SpoolFolderTest, AListingAloneTakesNothingFromARunningSpool) {
  LeaveSixSegments();
  Open();
  disk_.set_list_omits(true);
  AppendUntilRelisted();
  EXPECT_EQ(spool_->lost_records(), 0u);
  for (const RecordName& name : left_) EXPECT_TRUE(Sends(name)) << name.seq;
}

TEST_F(SpoolFolderTest, AListingThatLeavesOutAnotherNameEachTimeCostsNothing) {
  LeaveSixSegments();
  disk_.set_list_omits(true);
  Open();
  AppendUntilRelisted();
  spool_->ReplaceSettled({});
  disk_.set_list_omits(false);
  AppendUntilRelisted();
  for (const RecordName& name : left_) EXPECT_TRUE(Sends(name)) << name.seq;
}

// Its neighbour seemed to reach up to the next name that was listed, and is left out in its turn.
TEST_F(SpoolFolderTest, WhatANeighbourWasReadInVainForIsSentOnceItsSegmentIsFound) {
  for (int draw = 0; draw < 20; ++draw) {
    spool_.reset();
    for (const std::string& path : disk_.Paths("/spool/")) ASSERT_TRUE(disk_.Remove(path).ok());
    left_.clear();
    LeaveSixSegments();
    disk_.MoveAway(Path(3));
    Open();
    ASSERT_EQ(ReadAll().size(), 5u);
    disk_.PutBack();
    disk_.set_list_omits(true);  // a name that is drawn
    Append(10);
    disk_.set_list_omits(false);
    // What a collector settles of the others takes nothing from it.
    spool_->ReplaceSettled({{left_[0].run, SeqSet({{1, 3}, {5, 6}})}});
    AppendUntilRelisted();
    EXPECT_TRUE(Sends(left_[3])) << draw;
  }
}

TEST_F(SpoolFolderTest, AnOlderSegmentThatIsTakenIsALossUntilItIsBack) {
  LeaveSixSegments();
  Open();
  disk_.MoveAway(Path(1));
  Append(10);
  EXPECT_EQ(spool_->UnreportedLosses(),
            (std::vector<Loss>{{left_[1].run, {2, 2}, LossReason::kDamaged}}));
  EXPECT_FALSE(Sends(left_[1]));
  disk_.PutBack();
  AppendUntilRelisted();
  EXPECT_TRUE(Sends(left_[1]));
}

TEST_F(SpoolFolderTest, ATableIsFoundAlthoughTheSegmentThatWasReadLastIsGone) {
  LeaveSixSegments();
  Open();
  ASSERT_TRUE(spool_->Read(left_[0]).ok());
  ASSERT_TRUE(disk_.Remove(Path(0)).ok());
  AppendUntilRelisted();
  EXPECT_TRUE(absl::IsNotFound(spool_->ReadTable(TableId(kTableIdSize, 'x')).status()));
}

TEST_F(SpoolFolderTest, RecordsOfADeletedSegmentAreReadFromItsDescriptorAndWrittenAgain) {
  Open();
  for (int i = 0; i < 3; ++i) left_.push_back(Append(10));
  ASSERT_TRUE(disk_.Remove(Path()).ok());
  EXPECT_EQ(ReadAll(), left_);
  left_.push_back(Append(10));
  EXPECT_EQ(Segments(), 1u);
  EXPECT_EQ(spool_->stats().taken_segments, 1u);
  EXPECT_EQ(spool_->lost_records(), 0u);
  spool_.reset();
  disk_.PowerCut(sim::Unsynced::kDropped, sim::UnsyncedNames::kLost);
  Open();
  EXPECT_EQ(ReadAll(), left_);
}

TEST_F(SpoolFolderTest, WhatIsSettledOfADeletedSegmentIsNotWrittenAgain) {
  Open();
  for (int i = 0; i < 3; ++i) left_.push_back(Append(10));
  spool_->AddSettled(left_[0].run, {1, 2});
  ASSERT_TRUE(disk_.Remove(Path()).ok());
  Append(10);
  EXPECT_EQ(spool_->Runs().back().held.Ranges(), (std::vector<SeqRange>{{3, 4}}));
}

TEST_F(SpoolFolderTest, ASegmentThatIsMovedAwayAndPutBackChangesNothing) {
  Open();
  left_.push_back(Append(10));
  disk_.MoveAway(Path());
  left_.push_back(Append(10));
  disk_.PutBack();
  EXPECT_EQ(Segments(), 2u);
  for (int i = 0; i < 65; ++i) left_.push_back(Append(10));
  EXPECT_EQ(ReadAll(), left_);
  EXPECT_TRUE(spool_->UnreportedLosses().empty());
  spool_.reset();
  Open();
  EXPECT_EQ(ReadAll(), left_);
  spool_->ReplaceSettled({{left_[0].run, SeqSet({{1, left_.back().seq}})}});
  EXPECT_TRUE(Unsettled().empty());
}

TEST_F(SpoolFolderTest, AFileInThePlaceOfTheSegmentCostsNoRecord) {
  Open();
  left_.push_back(Append(10));
  const std::string path = Path();
  ASSERT_TRUE(disk_.Remove(path).ok());
  auto other = *disk_.Create(path);
  ASSERT_TRUE(other->Append("not ours").ok());
  left_.push_back(Append(10));
  EXPECT_EQ(ReadAll(), left_);
  spool_.reset();
  disk_.PowerCut();
  Open();
  EXPECT_EQ(ReadAll(), left_);
}

TEST_F(SpoolFolderTest, ADeletedFolderIsMadeAndLockedAgainAndWhatWentWithItIsDamaged) {
  LeaveSixSegments();
  Open();
  const RecordName own = Append(10);
  disk_.RemoveFolder("/spool");
  const RecordName next = Append(10);
  EXPECT_TRUE(spool_->stats().disk.ok());
  EXPECT_EQ(ReadAll(), (std::vector<RecordName>{own, next}));
  EXPECT_EQ(spool_->UnreportedLosses(),
            (std::vector<Loss>{{left_[0].run, {1, 6}, LossReason::kDamaged}}));
  EXPECT_TRUE(absl::IsUnavailable(Spool::Open(Options(), disk_, random_).status()));
  // Its run is accounted for: nothing else reports it.
  EXPECT_EQ(spool_->Runs().front().run, left_[0].run);
  EXPECT_EQ(spool_->Runs().front().last_seq, 6u);
  spool_.reset();
  Open();
  EXPECT_EQ(ReadAll(), (std::vector<RecordName>{own, next}));
  EXPECT_EQ(spool_->Runs().front().run, left_[0].run);
}

TEST_F(SpoolFolderTest, WhatWasTakenAndFindsNoPlaceIsDamaged) {
  SpoolOptions options = Options();
  options.ring_bytes = 1000;
  spool_ = *Spool::Open(options, disk_, random_);
  for (int i = 0; i < 6; ++i) Append(300);
  ASSERT_TRUE(disk_.Remove(Path()).ok());
  disk_.set_write_fails(true);
  spool_->Append(Record(300));
  EXPECT_LE(spool_->stats().bytes_in_memory, 1000u);
  const std::vector<Loss> losses = spool_->UnreportedLosses();
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_EQ(losses[0].reason, LossReason::kDamaged);
  EXPECT_EQ(losses[0].seqs.last + spool_->Runs().back().held.Count(), 7u);
}

TEST_F(SpoolFolderTest, ARunWhoseSegmentIsTakenUnderItsEndStillEndsCleanly) {
  Open();
  const RecordName name = Append(10);
  ASSERT_TRUE(disk_.Remove(Path()).ok());
  spool_->End();
  spool_.reset();
  Open();
  ASSERT_EQ(spool_->Runs().size(), 2u);
  EXPECT_FALSE(spool_->Runs().front().unclean);
  EXPECT_EQ(ReadAll(), std::vector<RecordName>{name});
}

}  // namespace
}  // namespace godwit::agent
