// What a migration asks of its disk: bounded space, as many reads of a large store as of a small
// one, and nothing half done wherever it is cut off.
#include <gtest/gtest.h>

#include <optional>

#include "base/text.h"
#include "collector/store/migrations.h"
#include "collector/store/sqlite_reader.h"
#include "collector/store/sqlite_store.h"
#include "platform/linux/linux_random.h"
#include "tests/contract/old_store.h"
#include "tests/sim/store_disk.h"

namespace godwit::collector {
namespace {

using sim::StoreDisk;

constexpr char kFile[] = "/store/godwit.db";
constexpr ByteCount kMiB = ByteCount{1} << 20;

class MigrationOnADisk : public testing::Test {
 protected:
  struct Content {
    int version = 6;
    int records = 0;
    int offers = 0;
  };
  // On the disk; all of it is in the file.
  void Make(const Content& content) {
    ASSERT_TRUE(MakeOldStore(kFile, content.version).ok());
    const auto database = *Database::Open(kFile, Database::Mode::kReadWrite);
    if (content.records > 0) {
      ASSERT_TRUE(AddOldRecords(*database, content.records, 3000).ok());
    }
    if (content.offers > 0) {
      ASSERT_TRUE(AddOldOffers(*database, content.offers, 200).ok());
    }
    ASSERT_TRUE(*database->EmptyLog());
  }
  ByteCount Used() const {
    return disk_.Read(kFile).size() + disk_.Read(Cat(kFile, "-wal")).size();
  }
  ByteCount Room(int version) {
    const auto database = *Database::Open(kFile, Database::Mode::kQueryOnly);
    return *MigrationRoom(*database, kSchemaMark + version);
  }
  Status Open(const FreeSpace& free_space = nullptr) {
    return SqliteStore::Open(kFile, random_, free_space).status();
  }
  int64_t Version() {
    const auto database = *Database::Open(kFile, Database::Mode::kQueryOnly);
    return *VersionOf(*database) - kSchemaMark;
  }

  StoreDisk disk_;
  LinuxRandom random_;
};

TEST_F(MigrationOnADisk, ReadsNoMoreOfAStoreWithMoreRecords) {
  std::optional<uint64_t> with_few;
  for (const int records : {10, 3000}) {
    disk_.Write(kFile, "");
    disk_.Write(Cat(kFile, "-wal"), "");
    Make({.records = records});
    const uint64_t before = disk_.operations();
    ASSERT_TRUE(Open().ok());
    const uint64_t operations = disk_.operations() - before;
    EXPECT_LE(operations, with_few.value_or(operations) + 20) << records;
    with_few = operations;
  }
}

TEST_F(MigrationOnADisk, TakesNoMoreRoomThanItSaysAndSaysNotMuchMore) {
  for (const int offers : {0, 5000}) {
    disk_.Write(kFile, "");
    disk_.Write(Cat(kFile, "-wal"), "");
    Make({.offers = offers});
    const ByteCount before = Used();
    const ByteCount room = Room(6);
    ByteCount taken = 0;
    {
      const auto store = *SqliteStore::Open(kFile, random_);
      taken = Used() - before;              // by the log
      ASSERT_TRUE(store->EmptyLog().ok());  // which is moved into the file
      taken += disk_.Read(kFile).size() - before;
    }
    EXPECT_LE(taken, room) << offers;
    EXPECT_LE(room, 4 * taken + 2 * kMiB) << offers;
  }
}

TEST_F(MigrationOnADisk, IsRefusedByNameWhereTheDiskHasNoRoomForIt) {
  Make({.version = 7, .offers = 5000});
  const ByteCount room = Room(7);
  const std::string before = disk_.Read(kFile);
  const auto free = [](ByteCount bytes) -> FreeSpace {
    return [bytes] { return Space{.total = 1000 * kMiB, .available = bytes}; };
  };
  const Status refused = Open(free(room - 1));
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_NE(Message(refused).find(Cat("from version 7 to 8 needs up to ", SizeText(room))),
            std::string::npos)
      << refused;
  EXPECT_NE(Message(refused).find(Cat(SizeText(room - 1), " are free")), std::string::npos);
  EXPECT_EQ(disk_.Read(kFile), before);
  EXPECT_EQ(disk_.Read(Cat(kFile, "-wal")), "");
  EXPECT_TRUE(Open(free(room)).ok());
  EXPECT_EQ(Version(), 8);
  EXPECT_TRUE(Open(free(0)).ok());  // there is nothing to migrate any more
}

TEST_F(MigrationOnADisk, ThatCannotBeAskedIsMigratedAllTheSame) {
  Make({});
  EXPECT_TRUE(Open([]() -> StatusOr<Space> { return Error(StatusCode::kInternal, "disk"); }).ok());
  EXPECT_EQ(Version(), 8);
}

TEST_F(MigrationOnADisk, MayBeCutOffAnywhereAndIsDoneByTheNextStart) {
  Make({.records = 3, .offers = 3});
  const std::string old = disk_.Read(kFile);
  const uint64_t before = disk_.operations();
  ASSERT_TRUE(Open().ok());
  const uint64_t operations = disk_.operations() - before;
  int old_again = 0;
  for (uint64_t at = 1; at <= operations; at += 5) {
    disk_.Write(kFile, old);
    disk_.StrikeAt(disk_.operations() + at, StoreDisk::Fault::kIsTheLast);
    static_cast<void>(Open());
    disk_.Restart(at % 2 == 0 ? StoreDisk::Loss::kUnsynced : StoreDisk::Loss::kNothing);
    old_again += Version() == 6;
    const auto store = SqliteStore::Open(kFile, random_);
    ASSERT_TRUE(store.ok()) << at << ": " << store.status();
    EXPECT_EQ((*store)->health()->problem(), "") << at;
    const auto reader = *SqliteReader::Open(kFile);
    EXPECT_EQ(reader->Offers(1, 10)->size(), 3u) << at;
    EXPECT_EQ(reader->Spans(1, {}, 10)->size(), 4u) << at;
  }
  EXPECT_GT(old_again, 0);
}

}  // namespace
}  // namespace godwit::collector
