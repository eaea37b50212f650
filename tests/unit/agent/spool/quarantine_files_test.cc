#include "agent/spool/quarantine_files.h"

#include <gtest/gtest.h>

#include "tests/sim/sim_file_system.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::agent {
namespace {

constexpr char kDirectory[] = "/spool";
constexpr ByteCount kBound = 64 << 10;

class QuarantineFilesTest : public testing::Test {
 protected:
  QuarantineFilesTest() {
    EXPECT_TRUE(disk_.CreateDirectories(kDirectory).ok());
    EXPECT_TRUE(quarantine_.Load().ok());
  }
  Status Put(RecordName name, QuarantineKind kind = QuarantineKind::kRejected,
             ByteCount bound = kBound) {
    return PutInto(quarantine_, name, kind, bound);
  }
  Status PutInto(QuarantineFiles& quarantine, RecordName name,
                 QuarantineKind kind = QuarantineKind::kRejected, ByteCount bound = kBound) {
    const SegmentHeader header{.device_id = "dev",
                               .boot_id = BootId(kBootIdSize, 'b'),
                               .run = name.run,
                               .run_number = 1,
                               .first_seq = name.seq};
    return quarantine.Put(kind, header, name.seq, record_, bound);
  }

  sim::SimScheduler scheduler_{1};
  sim::SimFileSystem disk_{scheduler_};
  QuarantineFiles quarantine_{disk_, kDirectory, "dev"};
  const NewRecord record_{.tables = {{TableId(kTableIdSize, 't'), "a table"}}, .batch = "a batch"};
};

TEST_F(QuarantineFilesTest, ACopySurvivesAPowerCutWithItsTables) {
  ASSERT_TRUE(Put({7, 3}).ok());
  disk_.PowerCut();
  QuarantineFiles again(disk_, kDirectory, "dev");
  ASSERT_TRUE(again.Load().ok());
  EXPECT_EQ(again.Names(QuarantineKind::kRejected), (std::vector<RecordName>{{7, 3}}));
  EXPECT_TRUE(again.HasSound({7, 3}));
  const auto copy = again.Read({7, 3});
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_EQ(copy->batch, "a batch");
  ASSERT_EQ(copy->tables.size(), 1u);
  EXPECT_EQ(copy->tables[0].encoded, "a table");
}

TEST_F(QuarantineFilesTest, ACopyThatTheListingLeftOutCountsOnceItIsFound) {
  ASSERT_TRUE(Put({7, 3}).ok());
  QuarantineFiles again(disk_, kDirectory, "dev");
  disk_.set_list_omits(true);
  ASSERT_TRUE(again.Load().ok());
  disk_.set_list_omits(false);
  ASSERT_TRUE(again.Names(QuarantineKind::kRejected).empty());
  EXPECT_TRUE(PutInto(again, {7, 3}).ok());
  EXPECT_TRUE(again.HasSound({7, 3}));
}

TEST_F(QuarantineFilesTest, ACopyThatTheListingLeftOutIsMissedByALaterOne) {
  ASSERT_TRUE(Put({7, 3}).ok());
  QuarantineFiles again(disk_, kDirectory, "dev");
  disk_.set_list_omits(true);
  ASSERT_TRUE(again.Load().ok());
  disk_.set_list_omits(false);
  EXPECT_FALSE(again.Knows(*disk_.List(kDirectory)));
  ASSERT_TRUE(again.Load().ok());
  EXPECT_TRUE(again.Knows(*disk_.List(kDirectory)));
}

// It may be the only one there is.
TEST_F(QuarantineFilesTest, ACopyThatCannotBeReadForNowIsNotReplaced) {
  ASSERT_TRUE(Put({7, 3}).ok());
  QuarantineFiles again(disk_, kDirectory, "dev");
  ASSERT_TRUE(again.Load().ok());
  disk_.set_read_fails(true);
  EXPECT_FALSE(PutInto(again, {7, 3}).ok());
  disk_.set_read_fails(false);
  EXPECT_TRUE(again.HasSound({7, 3}));
}

TEST_F(QuarantineFilesTest, OnlyACopyThatMayBeReadLaterIsUnread) {
  ASSERT_TRUE(Put({7, 3}).ok());
  QuarantineFiles again(disk_, kDirectory, "dev");
  ASSERT_TRUE(again.Load().ok());
  const std::string path =
      std::string(kDirectory) + "/" + QuarantineFileName({7, 3}, QuarantineKind::kRejected);
  const std::string whole = disk_.BytesOf(path);
  EXPECT_FALSE(again.IsUnread({7, 4}));
  disk_.set_read_fails(true);
  EXPECT_FALSE(again.HasSound({7, 3}));
  EXPECT_TRUE(again.IsUnread({7, 3}));
  disk_.set_read_fails(false);
  disk_.SetBytes(path, whole.substr(0, whole.size() / 2));
  EXPECT_FALSE(again.HasSound({7, 3}));
  EXPECT_FALSE(again.IsUnread({7, 3}));
  disk_.SetBytes(path, whole);
  EXPECT_TRUE(again.HasSound({7, 3}));
  EXPECT_FALSE(again.IsUnread({7, 3}));
}

TEST_F(QuarantineFilesTest, TheKindsAreKeptApart) {
  ASSERT_TRUE(Put({7, 3}).ok());
  ASSERT_TRUE(Put({7, 4}, QuarantineKind::kConflict).ok());
  EXPECT_EQ(quarantine_.Names(QuarantineKind::kRejected), (std::vector<RecordName>{{7, 3}}));
  EXPECT_EQ(quarantine_.Names(QuarantineKind::kConflict), (std::vector<RecordName>{{7, 4}}));
}

TEST_F(QuarantineFilesTest, NoMoreIsKeptThanTheBound) {
  ASSERT_TRUE(Put({7, 1}, QuarantineKind::kRejected, 16 << 10).ok());
  Status status;
  for (Seq seq = 2; status.ok(); ++seq) status = Put({7, seq}, QuarantineKind::kRejected, 16 << 10);
  EXPECT_TRUE(absl::IsOutOfRange(status)) << status;
  EXPECT_LE(quarantine_.bytes(), ByteCount{16} << 10);
  quarantine_.Remove({7, 1});
  EXPECT_TRUE(Put({7, 9}, QuarantineKind::kRejected, 16 << 10).ok());
}

TEST_F(QuarantineFilesTest, ACopyThatCouldNotBeSyncedIsNone) {
  disk_.set_sync_fails(true);
  EXPECT_FALSE(Put({7, 1}).ok());
  EXPECT_FALSE(quarantine_.HasSound({7, 1}));
  EXPECT_EQ(quarantine_.bytes(), 0u);
  disk_.set_sync_fails(false);
  EXPECT_TRUE(Put({7, 1}).ok());
}

TEST_F(QuarantineFilesTest, AHalfWrittenCopyCountsForNothingAndIsWrittenAgain) {
  ASSERT_TRUE(Put({7, 1}).ok());
  const std::string path =
      std::string(kDirectory) + "/" + QuarantineFileName({7, 1}, QuarantineKind::kRejected);
  const std::string whole = *(*disk_.Open(path))->ReadAt(0, 10'000);
  for (size_t size = 0; size < whole.size(); size += 7) {
    disk_.SetBytes(path, whole.substr(0, size));
    QuarantineFiles again(disk_, kDirectory, "dev");
    ASSERT_TRUE(again.Load().ok());
    ASSERT_FALSE(again.HasSound({7, 1})) << size;
  }
  QuarantineFiles again(disk_, kDirectory, "dev");
  ASSERT_TRUE(again.Load().ok());
  EXPECT_TRUE(PutInto(again, {7, 1}).ok());
  EXPECT_TRUE(again.HasSound({7, 1}));
}

TEST_F(QuarantineFilesTest, OnlyItsOwnFileNamesAreTaken) {
  EXPECT_EQ(QuarantineFileName({7, 3}, QuarantineKind::kRejected),
            "0000000000000007-0000000000000003.rejected");
  for (const char* name : {"0000000000000007-0000000000000003.conflict",
                           "0000000000000007-0000000000000003.rejected"}) {
    const auto parsed = ParseQuarantineFileName(name);
    ASSERT_TRUE(parsed.has_value()) << name;
    EXPECT_EQ(parsed->first, (RecordName{7, 3}));
  }
  for (const char* name :
       {"", "lock", "7-3.rejected", ".rejected", "0000000000000007-0000000000000003.seg",
        "000000000000000X-0000000000000003.rejected", "0000000000000007-0000000000000003-.rejected",
        "00000000000000070000000000000003x.rejected"}) {
    EXPECT_FALSE(ParseQuarantineFileName(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace godwit::agent
