// The reserve of the store's disk, and the write-ahead log that must not use it up for good.
#include "collector/store/disk_room.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "platform/linux/linux_random.h"
#include "tests/contract/temporary_folder.h"

namespace godwit::collector {
namespace {

constexpr ByteCount kMiB = ByteCount{1} << 20;

class DiskRoomTest : public testing::Test {
 protected:
  DiskRoomTest() {
    EXPECT_TRUE(store_->OpenSession({.device = {.device_id = "dev"}, .runs = {{.run = 7}}}).ok());
  }
  // Records of 1 MiB each.
  void Commit(size_t records) {
    const std::string batch(kMiB, 'x');
    for (size_t i = 0; i < records; ++i) {
      const IncomingRecord record{.name = {7, ++seq_}, .checksum = 1, .batch = batch};
      ASSERT_TRUE(store_->Commit({{.device_id = "dev", .record = record}}, 1).ok());
    }
  }
  ByteCount LogFile() const { return std::filesystem::file_size(file_ + "-wal"); }
  ByteCount Used() const { return std::filesystem::file_size(file_) + LogFile(); }
  // A disk on which these are the only files.
  DiskRoom Room(ByteCount total) {
    return {*store_,
            [this, total]() -> StatusOr<Space> {
              return Space{.total = total, .available = total - std::min(total, Used())};
            },
            [] { return 0.1; }};
  }
  // As a reader does that takes its time.
  void HoldSnapshot() {
    reader_ = *Database::Open(file_, Database::Mode::kQueryOnly);
    ASSERT_TRUE(reader_->Execute("BEGIN; SELECT count(*) FROM record").ok());
  }

  TemporaryFolder folder_;
  const std::string file_ = StoreFile(folder_.path());
  LinuxRandom random_;
  std::unique_ptr<SqliteStore> store_ = *SqliteStore::Open(file_, random_);
  std::unique_ptr<Database> reader_;
  Seq seq_ = 0;
};

TEST_F(DiskRoomTest, TheReserveIsKeptAndNotAByteMore) {
  Commit(1);
  ASSERT_TRUE(store_->EmptyLog().ok());
  const ByteCount used = Used();
  const ByteCount free_in_file = *store_->FreeBytes();
  for (const ByteCount more : {0, 1}) {
    DiskRoom room(
        *store_,
        [&]() -> StatusOr<Space> {
          return Space{.total = 10 * used, .available = used - free_in_file - more};
        },
        [] { return 0.1; });
    EXPECT_EQ(room.HasRoom(), more == 0);
  }
}

TEST_F(DiskRoomTest, WhatTheLogHasToMoveIntoTheFileIsNotFree) {
  HoldSnapshot();
  Commit(10);
  EXPECT_GT(*store_->LogBytes(), 9 * kMiB);
  EXPECT_TRUE(Room(40 * kMiB).HasRoom());
  // 10 MiB are in the log, and 10 more come when they are moved.
  EXPECT_FALSE(Room(20 * kMiB).HasRoom());
}

TEST_F(DiskRoomTest, ThereIsRoomAgainAsSoonAsAReaderLeavesThatHeldTheLog) {
  HoldSnapshot();
  Commit(20);
  DiskRoom room = Room(42 * kMiB);
  EXPECT_FALSE(room.HasRoom());
  EXPECT_GT(LogFile(), 20 * kMiB);
  reader_.reset();
  EXPECT_TRUE(room.HasRoom());
  EXPECT_EQ(LogFile(), 0u);
  EXPECT_EQ(*store_->LogBytes(), 0u);
}

TEST_F(DiskRoomTest, TheLogGivesItsFileBackByItselfAfterAReaderHasLeft) {
  HoldSnapshot();
  Commit(100);
  EXPECT_GT(LogFile(), 100 * kMiB);
  reader_.reset();
  Commit(2);
  EXPECT_LE(LogFile(), ByteCount{kLogBytesKept});
}

TEST_F(DiskRoomTest, EverythingThatWritesKeepsTheLogShort) {
  for (int i = 0; i < 1000; ++i) {
    const StoreOperation open = [i](Store& store) {
      return store
          .OpenSession({.device = {.device_id = "device " + std::to_string(i)},
                        .report = DeviceReport{.disk = std::string(100'000, 'x')}})
          .status();
    };
    ASSERT_TRUE(store_->Write({open}).ok());
  }
  EXPECT_LE(LogFile(), ByteCount{kLogBytesKept});
}

}  // namespace
}  // namespace godwit::collector
