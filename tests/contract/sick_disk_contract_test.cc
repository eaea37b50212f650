// What a FileSystem says of a disk that is full or read-only, over a real one (a tmpfs of its own,
// which needs root) and its simulated twin.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include "platform/linux/linux_file_system.h"
#include "tests/contract/temporary_folder.h"
#include "tests/sim/sim_file_system.h"

namespace godwit {
namespace {

constexpr size_t kDiskBytes = 64 << 10;

class Real {
 public:
  Real() { mounted_ = mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=64k") == 0; }
  ~Real() {
    if (mounted_) umount2(folder_.path().c_str(), MNT_DETACH);
  }
  bool usable() const { return mounted_; }
  std::string root() { return folder_.path(); }
  void BecomeReadOnly() {
    ASSERT_EQ(mount("tmpfs", root().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "size=64k"), 0);
  }
  LinuxFileSystem files;

 private:
  TemporaryFolder folder_;
  bool mounted_ = false;
};

class Simulated {
 public:
  Simulated() {
    files.set_space(kDiskBytes);
    EXPECT_TRUE(files.CreateDirectories(root()).ok());
  }
  bool usable() const { return true; }
  std::string root() { return "/disk"; }
  void BecomeReadOnly() { files.set_read_only(true); }

 private:
  sim::SimScheduler scheduler_{1};

 public:
  sim::SimFileSystem files{scheduler_};
};

template <typename World>
class SickDiskContract : public testing::Test {
 protected:
  void SetUp() override {
    if (!world_.usable()) GTEST_SKIP() << "needs root, to mount a small disk";
  }
  FileSystem& files() { return world_.files; }
  std::string Path(const std::string& name) { return world_.root() + "/" + name; }
  // Until the disk takes no more; what it took.
  std::string Fill(const std::string& name) {
    auto file = files().Create(Path(name));
    EXPECT_TRUE(file.ok()) << file.status();
    std::string given;
    Status status;
    while (status.ok() && given.size() < 2 * kDiskBytes) {
      const std::string piece(3000, static_cast<char>('a' + given.size() / 3000 % 26));
      status = (*file)->Append(piece);
      given += piece;
    }
    EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
    return given;
  }
  std::string Content(const std::string& name) {
    const auto file = files().Open(Path(name));
    EXPECT_TRUE(file.ok()) << file.status();
    return *(*file)->ReadAt(0, 4 * kDiskBytes);
  }

  World world_;
};

using Worlds = testing::Types<Real, Simulated>;
TYPED_TEST_SUITE(SickDiskContract, Worlds);

TYPED_TEST(SickDiskContract, AFullDiskTakesAPrefixAndSaysThatItIsFull) {
  const std::string given = this->Fill("a");
  const std::string taken = this->Content("a");
  EXPECT_LT(taken.size(), given.size());
  EXPECT_EQ(taken, given.substr(0, taken.size()));
  EXPECT_LT(this->files().FreeSpace(this->world_.root())->available, 4096u);
}

TYPED_TEST(SickDiskContract, RemovingAFileMakesRoomAgain) {
  this->Fill("a");
  ASSERT_TRUE(this->files().Remove(this->Path("a")).ok());
  auto file = this->files().Create(this->Path("b"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE((*file)->Append(std::string(20'000, 'x')).ok());
  EXPECT_TRUE((*file)->Sync().ok());
}

TYPED_TEST(SickDiskContract, AReadOnlyDiskIsReadAndRefusesTheRest) {
  {
    auto file = this->files().Create(this->Path("a"));
    ASSERT_TRUE((*file)->Append("still here").ok());
    ASSERT_TRUE(this->files().Lock(this->Path("lock")).ok());
  }
  this->world_.BecomeReadOnly();
  EXPECT_EQ(this->Content("a"), "still here");
  EXPECT_TRUE(absl::IsFailedPrecondition(this->files().Create(this->Path("b")).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(this->files().Remove(this->Path("a"))));
  EXPECT_TRUE(this->files().CreateDirectories(this->world_.root()).ok());
  EXPECT_TRUE(this->files().Lock(this->Path("lock")).ok());
  EXPECT_EQ(this->files().List(this->world_.root())->at(0).name, "a");
}

}  // namespace
}  // namespace godwit
