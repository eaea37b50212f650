#include "agent/spool/spool.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/sim/sim_file_system.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::agent {
namespace {

class SpoolTest : public testing::Test {
 protected:
  SpoolOptions Options() { return {.path = "/spool", .device_id = "dev", .max_bytes = max_bytes_}; }

  void Open() {
    spool_.reset();
    auto spool = Spool::Open(Options(), disk_, random_);
    ASSERT_TRUE(spool.ok()) << spool.status();
    spool_ = *std::move(spool);
  }
  // A record of `size` bytes with one table.
  NewRecord Record(size_t size, char fill = 'r') {
    return {.tables = {{std::string(kTableIdSize, 't'), "the table"}},
            .batch = std::string(size, fill),
            .first_unix_ns = wall_ns_,
            .last_unix_ns = wall_ns_};
  }
  RecordName Append(size_t size, char fill = 'r') {
    const auto name = spool_->Append(Record(size, fill));
    EXPECT_TRUE(name.ok()) << name.status();
    return name.ok() ? *name : RecordName{};
  }
  std::vector<RecordName> Unsettled() {
    std::vector<RecordName> names;
    std::optional<RecordName> at;
    while ((at = spool_->Next(at))) names.push_back(*at);
    return names;
  }
  size_t Segments() { return disk_.List("/spool")->size(); }

  sim::SimScheduler scheduler_{1};
  sim::SimRandom random_{scheduler_};
  sim::SimFileSystem disk_{scheduler_};
  int64_t wall_ns_ = 1'000;
  ByteCount max_bytes_ = ByteCount{8} << 20;
  std::unique_ptr<Spool> spool_;
};

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

TEST_F(SpoolTest, TheBoundHoldsAndTheOldestRecordsGo) {
  max_bytes_ = ByteCount{1} << 20;
  Open();
  for (int i = 0; i < 100; ++i) {
    Append(50'000);
    EXPECT_LE(disk_.UsedBytes(), max_bytes_);
  }
  EXPECT_GT(spool_->losses(), 0u);
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
  Status status;
  for (int i = 0; i < 100 && status.ok(); ++i) status = spool_->Append(Record(50'000)).status();
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_EQ(Unsettled().front().seq, 1u);
  EXPECT_EQ(spool_->losses(), 0u);
}

TEST_F(SpoolTest, BelowTheReserveTheSpoolGrowsNoFurtherAndShrinksNoFurther) {
  max_bytes_ = ByteCount{1} << 20;
  Open();
  for (int i = 0; i < 10; ++i) Append(50'000);
  const ByteCount held = spool_->stats().bytes;
  disk_.set_space(held + 20'000);  // somebody's log flood: less than 5 % is left
  const ByteCount segment = max_bytes_ / 8;
  for (int i = 0; i < 30; ++i) {
    Append(50'000);
    EXPECT_LE(spool_->stats().bytes, held);
    EXPECT_GE(spool_->stats().bytes, held - 2 * segment);
  }
  EXPECT_GT(spool_->losses(), 0u);
}

TEST_F(SpoolTest, AFailedSyncGoesToANewSegmentUnderTheSameName) {
  Open();
  Append(10);
  disk_.set_sync_fails(true);
  EXPECT_FALSE(spool_->Append(Record(20, 'x')).ok());
  EXPECT_FALSE(spool_->Append(Record(20, 'x')).ok());
  disk_.set_sync_fails(false);
  const RecordName name = Append(20, 'x');
  EXPECT_EQ(name.seq, 2u);
  spool_.reset();
  disk_.PowerCut();
  Open();
  EXPECT_EQ(spool_->Read(name)->batch, std::string(20, 'x'));
  EXPECT_EQ(Unsettled().size(), 2u);
}

TEST_F(SpoolTest, AFullDiskIsAnErrorAndThenOver) {
  Open();
  disk_.set_space(100);
  EXPECT_FALSE(spool_->Append(Record(1000)).ok());
  disk_.set_space(ByteCount{1} << 30);
  EXPECT_EQ(Append(1000).seq, 1u);
}

TEST_F(SpoolTest, ACutAnywhereCostsOnlyWhatLiesBehindIt) {
  Open();
  std::vector<RecordName> names;
  std::vector<ByteCount> ends;
  for (int i = 0; i < 8; ++i) {
    names.push_back(Append(20 + static_cast<size_t>(i), static_cast<char>('a' + i)));
    ends.push_back(disk_.UsedBytes());
  }
  spool_.reset();
  const std::string path = "/spool/" + disk_.List("/spool")->front();
  const std::string whole = disk_.BytesOf(path);
  for (size_t size = 0; size <= whole.size(); ++size) {
    disk_.BytesOf(path) = whole.substr(0, size);
    Open();
    for (size_t i = 0; i < names.size(); ++i) {
      EXPECT_EQ(spool_->Read(names[i]).ok(), ends[i] <= size) << "cut at " << size;
    }
  }
}

TEST_F(SpoolTest, AFlippedByteCostsAtMostTheRecordItHitsAndIsNeverDelivered) {
  Open();
  std::vector<RecordName> names;
  for (int i = 0; i < 8; ++i) names.push_back(Append(20, static_cast<char>('a' + i)));
  spool_.reset();
  const std::string path = "/spool/" + disk_.List("/spool")->front();
  const std::string whole = disk_.BytesOf(path);
  const size_t header = DecodeSegmentHeader(whole)->size;
  for (size_t at = header; at < whole.size(); ++at) {
    disk_.BytesOf(path) = whole;
    disk_.BytesOf(path)[at] = static_cast<char>(whole[at] ^ 0x20);
    Open();
    size_t lost = 0;
    for (size_t i = 0; i < names.size(); ++i) {
      const auto record = spool_->Read(names[i]);
      lost += !record.ok();
      if (record.ok()) {
        EXPECT_EQ(record->batch, std::string(20, static_cast<char>('a' + i)));
      }
    }
    EXPECT_LE(lost, 1u) << "flip at " << at;
  }
}

TEST_F(SpoolTest, BytesThatChangeUnderARunningSpoolAreNotDelivered) {
  Open();
  const RecordName name = Append(100);
  std::string& bytes = disk_.BytesOf("/spool/" + disk_.List("/spool")->front());
  bytes.back() = '!';
  EXPECT_TRUE(absl::IsDataLoss(spool_->Read(name).status()));
  spool_->Forget(name);
  EXPECT_EQ(spool_->losses(), 1u);
  EXPECT_TRUE(spool_->Runs().back().held.empty());
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

TEST_F(SpoolTest, AnUnreadableSegmentIsKept) {
  Open();
  Append(10);
  spool_.reset();
  const std::string path = "/spool/" + disk_.List("/spool")->front();
  disk_.BytesOf(path)[0] = 'X';
  Open();
  const RecordName name = Append(10);
  spool_->AddSettled(name.run, {1, 1});
  EXPECT_TRUE(disk_.Open(path).ok());
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
