// The clock of a boot that becomes known after thousands of records: their times are corrected a
// few at a time, and nothing is merged or lost meanwhile.
#include <gtest/gtest.h>

#include "collector/limits.h"
#include "collector/store/sqlite_merge_source.h"
#include "collector/store/sqlite_reader.h"
#include "collector/store/sqlite_store.h"
#include "platform/linux/linux_random.h"
#include "tests/contract/temporary_folder.h"

namespace godwit::collector {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kNow = 1'000'000 * kSecond;
constexpr int64_t kOffset = kNow - 5000 * kSecond;
constexpr size_t kRecords = 5 * kRepairRecords;
const BootId kBoot(kBootIdSize, 'b');

class StoreRepairTest : public testing::Test {
 protected:
  StoreRepairTest() {
    EXPECT_TRUE(
        store_->OpenSession({.device = {.device_id = "dev", .boot_id = BootId(16, 'x')}}).ok());
    const StoreOperation fill = [](Store& store) {
      for (Seq seq = 1; seq <= kRecords; ++seq) {
        const Delivery delivery = Record(seq, {kBoot, 0, false});
        GODWIT_RETURN_IF_ERROR(store.Commit({delivery}, kNow).status());
      }
      return absl::OkStatus();
    };
    EXPECT_TRUE((*store_->Write({fill}))[0].ok());
  }
  // At as many seconds of the boot clock as its seq.
  static Delivery Record(Seq seq, const BatchClock& clock) {
    const int64_t time = static_cast<int64_t>(seq) * kSecond + clock.wall_offset_ns;
    return {.device_id = "dev",
            .record = IncomingRecord{.name = {7, seq},
                                     .checksum = 1,
                                     .batch = "x",
                                     .clock = clock,
                                     .first_unix_ns = time,
                                     .last_unix_ns = time}};
  }
  void FindTheTime() {
    ASSERT_TRUE(store_->Commit({Record(kRecords + 1, {kBoot, kOffset, true})}, kNow).ok());
  }
  int64_t Device() { return reader_->DeviceNames()->front().key; }
  // Records that have the times of the true clock, and say so.
  size_t Right() {
    size_t right = 0;
    const auto spans = *reader_->Spans(Device(), {}, 2 * kRecords);
    for (const StoredSpans& span : spans) {
      const bool is_right = span.shift_ns + span.clock.wall_offset_ns == kOffset;
      right += is_right;
      // What is not right yet does not claim to be known.
      EXPECT_TRUE(is_right || span.quality == TimeQuality::kUnknown);
    }
    return right;
  }

  TemporaryFolder folder_;
  const std::string file_ = StoreFile(folder_.path());
  LinuxRandom random_;
  std::unique_ptr<SqliteStore> store_ = *SqliteStore::Open(file_, random_);
  std::unique_ptr<SqliteReader> reader_ = *SqliteReader::Open(file_);
};

TEST_F(StoreRepairTest, AClockThatBecomesKnownRewritesFewRecordsAtOnceAndTheRestInTurns) {
  EXPECT_EQ(Right(), 0u);
  FindTheTime();
  EXPECT_EQ(Right(), kRepairRecords + 1);
  size_t turns = 0;
  while (*store_->RepairNext()) ++turns;
  EXPECT_EQ(turns, kRecords / kRepairRecords);
  EXPECT_EQ(Right(), kRecords + 1);
  // By its true time, every record is found.
  const auto first = *reader_->NextByTime(Device(), {}, {kOffset + kSecond, kOffset + 2 * kSecond});
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->cursor.seq, 1u);
}

TEST_F(StoreRepairTest, ACollectorThatIsKilledMeanwhileGoesOnWhereItWas) {
  FindTheTime();
  ASSERT_TRUE(*store_->RepairNext());
  reader_.reset();
  store_.reset();
  store_ = *SqliteStore::Open(file_, random_);
  reader_ = *SqliteReader::Open(file_);
  EXPECT_EQ(Right(), 2 * kRepairRecords + 1);
  while (*store_->RepairNext()) continue;
  EXPECT_EQ(Right(), kRecords + 1);
}

TEST_F(StoreRepairTest, WhatComesMeanwhileIsRightAtOnce) {
  FindTheTime();
  ASSERT_TRUE(store_->Commit({Record(kRecords + 2, {kBoot, 0, false})}, kNow).ok());
  EXPECT_EQ(Right(), kRepairRecords + 2);
  while (*store_->RepairNext()) continue;
  EXPECT_EQ(Right(), kRecords + 2);
}

TEST_F(StoreRepairTest, NothingOfABootIsMergedBeforeItsTimesAreRight) {
  FindTheTime();
  const auto source = *SqliteMergeSource::Open(file_);
  EXPECT_TRUE(absl::IsAborted(source->Next(2 * kNow, 2 * kNow).status()));
  while (*store_->RepairNext()) continue;
  EXPECT_TRUE(source->Next(2 * kNow, 2 * kNow).ok());
}

}  // namespace
}  // namespace godwit::collector
