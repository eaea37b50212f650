// What every FileSystem promises, over the real one and its simulated twin, so that the twin cannot
// lie.
#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/stat.h>

#include "platform/linux/linux_file_system.h"
#include "tests/contract/temporary_folder.h"
#include "tests/sim/sim_file_system.h"

namespace godwit {
namespace {

struct Real {
  TemporaryFolder folder;
  LinuxFileSystem files;
  std::string root() { return folder.path() + "/spool"; }
  void Move(const std::string& from, const std::string& to) {
    ASSERT_EQ(rename(from.c_str(), to.c_str()), 0);
  }
  // Lists a folder of which only the names can be read.
  StatusOr<std::vector<FileEntry>> ListNamesOnly() {
    constexpr uid_t kNobody = 65534;
    EXPECT_EQ(chmod(folder.path().c_str(), 0755), 0);
    EXPECT_EQ(chmod(root().c_str(), 0444), 0);
    setfsuid(kNobody);  // of root alone; without a right to search the folder
    auto listed = files.List(root());
    setfsuid(geteuid());
    EXPECT_EQ(chmod(root().c_str(), 0750), 0);
    return listed;
  }
};

struct Simulated {
  sim::SimScheduler scheduler{1};
  sim::SimFileSystem files{scheduler};
  std::string root() { return "/spool"; }
  void Move(const std::string& from, const std::string&) { files.MoveAway(from); }
  StatusOr<std::vector<FileEntry>> ListNamesOnly() {
    files.set_list_fails(true);
    auto listed = files.List(root());
    files.set_list_fails(false);
    return listed;
  }
};

template <typename World>
class FileSystemContract : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(files().CreateDirectories(root()).ok()); }
  FileSystem& files() { return world_.files; }
  std::string root() { return world_.root(); }
  std::string Path(const std::string& name) { return root() + "/" + name; }
  void Write(const std::string& name, std::string_view bytes) {
    auto file = files().Create(Path(name));
    ASSERT_TRUE(file.ok()) << file.status();
    ASSERT_TRUE((*file)->Append(bytes).ok());
    ASSERT_TRUE((*file)->Sync().ok());
  }
  bool HasItsName(const WritableFile& file) {
    const auto has = file.HasItsName();
    EXPECT_TRUE(has.ok()) << has.status();
    return *has;
  }

  World world_;
};

using Worlds = testing::Types<Real, Simulated>;
TYPED_TEST_SUITE(FileSystemContract, Worlds);

TYPED_TEST(FileSystemContract, AppendedBytesReadBackInOrder) {
  auto file = this->files().Create(this->Path("a"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE((*file)->Append("one ").ok());
  EXPECT_TRUE((*file)->Append("two").ok());
  EXPECT_TRUE((*file)->Sync().ok());
  const auto readable = this->files().Open(this->Path("a"));
  ASSERT_TRUE(readable.ok());
  EXPECT_EQ(*(*readable)->Size(), 7u);
  EXPECT_EQ(*(*readable)->ReadAt(0, 100), "one two");
  EXPECT_EQ(*(*readable)->ReadAt(4, 2), "tw");
  EXPECT_EQ(*(*readable)->ReadAt(7, 5), "");
  EXPECT_EQ(*(*readable)->ReadAt(100, 5), "");
}

TYPED_TEST(FileSystemContract, CreateNeverOpensWhatIsThere) {
  this->Write("a", "x");
  EXPECT_TRUE(absl::IsAlreadyExists(this->files().Create(this->Path("a")).status()));
}

TYPED_TEST(FileSystemContract, WhatIsNotThereIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(this->files().Open(this->Path("a")).status()));
  EXPECT_TRUE(absl::IsNotFound(this->files().Remove(this->Path("a"))));
  EXPECT_TRUE(absl::IsNotFound(this->files().List(this->root() + "/none").status()));
  EXPECT_TRUE(absl::IsNotFound(this->files().Create(this->root() + "/none/a").status()));
  EXPECT_TRUE(absl::IsNotFound(this->files().SyncDirectory(this->root() + "/none")));
}

TYPED_TEST(FileSystemContract, ListNamesFilesInOrderAndForgetsRemovedOnes) {
  this->Write("b", "");
  this->Write("a", "12345");
  EXPECT_EQ(*this->files().List(this->root()), (std::vector<FileEntry>{{"a", 5}, {"b", 0}}));
  EXPECT_TRUE(this->files().Remove(this->Path("a")).ok());
  EXPECT_EQ(*this->files().List(this->root()), (std::vector<FileEntry>{{"b", 0}}));
  EXPECT_TRUE(this->files().SyncDirectory(this->root()).ok());
}

TYPED_TEST(FileSystemContract, AnOpenFileOutlivesItsName) {
  this->Write("a", "still here");
  const auto readable = this->files().Open(this->Path("a"));
  ASSERT_TRUE(this->files().Remove(this->Path("a")).ok());
  EXPECT_EQ(*(*readable)->ReadAt(0, 100), "still here");
}

TYPED_TEST(FileSystemContract, AListingThatKnowsNothingOfAFileIsAnError) {
  this->Write("a", "x");
  ASSERT_TRUE(this->files().List(this->root()).ok());
  EXPECT_FALSE(this->world_.ListNamesOnly().ok());
}

TYPED_TEST(FileSystemContract, AFileThatIsWrittenCanBeReadWhateverBecameOfItsName) {
  auto file = *this->files().Create(this->Path("a"));
  ASSERT_TRUE(file->Append("still here").ok());
  ASSERT_TRUE(this->files().Remove(this->Path("a")).ok());
  EXPECT_EQ(*file->Size(), 10u);
  EXPECT_EQ(*file->ReadAt(6, 100), "here");
}

TYPED_TEST(FileSystemContract, AFileKnowsThatItsNameIsGone) {
  auto removed = *this->files().Create(this->Path("a"));
  EXPECT_TRUE(this->HasItsName(*removed));
  ASSERT_TRUE(this->files().Remove(this->Path("a")).ok());
  EXPECT_FALSE(this->HasItsName(*removed));
  auto moved = *this->files().Create(this->Path("b"));
  this->world_.Move(this->Path("b"), this->Path("c"));
  EXPECT_FALSE(this->HasItsName(*moved));
}

TYPED_TEST(FileSystemContract, AFileKnowsThatItsNameLeadsToAnother) {
  auto file = *this->files().Create(this->Path("a"));
  ASSERT_TRUE(this->files().Remove(this->Path("a")).ok());
  this->Write("a", "another");
  EXPECT_FALSE(this->HasItsName(*file));
}

TYPED_TEST(FileSystemContract, ARenamedFileTakesThePlaceOfAnother) {
  this->Write("a", "old");
  auto file = *this->files().Create(this->Path("b"));
  ASSERT_TRUE(file->Append("new").ok());
  ASSERT_TRUE(file->RenameTo(this->Path("a")).ok());
  EXPECT_TRUE(this->HasItsName(*file));
  EXPECT_EQ(*(*this->files().Open(this->Path("a")))->ReadAt(0, 100), "new");
  EXPECT_EQ(*this->files().List(this->root()), (std::vector<FileEntry>{{"a", 3}}));
  ASSERT_TRUE(this->files().Remove(this->Path("a")).ok());
  EXPECT_TRUE(absl::IsNotFound(file->RenameTo(this->Path("b"))));
}

TYPED_TEST(FileSystemContract, ALockIsHeldOnceAndFreeAgainAfterwards) {
  auto lock = this->files().Lock(this->Path("lock"));
  ASSERT_TRUE(lock.ok()) << lock.status();
  EXPECT_TRUE(absl::IsUnavailable(this->files().Lock(this->Path("lock")).status()));
  lock->reset();
  EXPECT_TRUE(this->files().Lock(this->Path("lock")).ok());
}

TYPED_TEST(FileSystemContract, SpaceIsWithinItsTotal) {
  const auto space = this->files().FreeSpace(this->root());
  ASSERT_TRUE(space.ok());
  EXPECT_GT(space->total, 0u);
  EXPECT_LE(space->available, space->total);
}

// Only the twin can lose its power here.
TEST(SimFileSystemTest, AFolderThatWasMadeSurvivesAPowerCutAndOneThatWasNotSyncedMayNot) {
  int lost = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    sim::SimScheduler scheduler(seed);
    sim::SimFileSystem files(scheduler);
    ASSERT_TRUE(files.CreateDirectories("/safe").ok());
    files.set_sync_fails(true);
    EXPECT_FALSE(files.CreateDirectories("/unsafe").ok());
    files.set_sync_fails(false);
    files.PowerCut();
    EXPECT_TRUE(files.List("/safe").ok());
    lost += !files.List("/unsafe").ok();
  }
  EXPECT_GT(lost, 0);
  EXPECT_LT(lost, 20);
}

}  // namespace
}  // namespace godwit
