// Whose space a file system's series have, and what is said of those that have none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/sensors/mount_table.h"
#include "tests/unit/agent/sensors/machine_files.h"

namespace godwit::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// What mountinfo says of a mount of an ext4.
std::string Line(uint64_t id, uint64_t parent, const std::string& disk, const std::string& point,
                 const std::string& device) {
  return Cat(id, " ", parent, " ", disk, " / ", point, " rw - ext4 ", device, " rw\n");
}

std::string Limit(const std::string& device, const std::string& point) {
  return Cat("system.filesystem.limit{system.device=", device,
             ",system.filesystem.mode=rw,system.filesystem.mountpoint=", point,
             ",system.filesystem.type=ext4}");
}

FileSystemUsage Sized(uint64_t total) {
  return {.total_bytes = total, .free_bytes = total / 2, .available_bytes = total / 2};
}

class FileSystemsTest : public testing::Test {
 protected:
  FileSystemsTest() {
    Mounts(Line(22, 1, "8:1", "/", "/dev/sda1"));
    input_.usages["/"] = Sized(1000);
  }

  void Mounts(const std::string& text) {
    input_.files["/proc/self/mountinfo"] = text;
    input_.announced.insert("/proc/self/mountinfo");
  }

  Seen Read() {
    if (sensor_ == nullptr)
      sensor_ = *MakeSystemSensor({.include = {"uptime", "filesystem"}}, input_);
    return ReadOnce(*sensor_, ++tick_);
  }

  TextInput input_ = Machine();
  std::unique_ptr<Sensor> sensor_;
  uint64_t tick_ = 0;
};

TEST_F(FileSystemsTest, ADiskThatAnotherMountCoversHasNoValueAndIsNamed) {
  Mounts(Line(22, 1, "8:1", "/", "/dev/sda1") + Line(30, 22, "8:2", "/mnt", "/dev/sda2") +
         Line(31, 30, "8:3", "/mnt", "/dev/sda3"));
  input_.usages["/mnt"] = Sized(60);
  const Seen seen = Read();
  EXPECT_EQ(seen[Limit("/dev/sda2", "/mnt")], Value());
  EXPECT_EQ(seen[Limit("/dev/sda3", "/mnt")], Value(int64_t{60}));
  EXPECT_EQ(seen[Limit("/dev/sda1", "/")], Value(int64_t{1000}));
  EXPECT_THAT(Message(seen.status), HasSubstr("file system /mnt: another mount covers it"));
  EXPECT_THAT(input_.asked, ElementsAre(MountedFileSystem{22, "/"}, MountedFileSystem{31, "/mnt"}));
}

TEST_F(FileSystemsTest, ADiskIsCoveredByAMountOnAFolderAboveItsOwnToo) {
  // /mnt is a network mount that came later: its server would be asked for the path /mnt/disk.
  Mounts(Line(22, 1, "8:1", "/", "/dev/sda1") + Line(30, 22, "8:2", "/mnt/disk", "/dev/sda2") +
         "31 22 0:40 / /mnt rw - nfs4 server:/ rw\n");
  const Seen seen = Read();
  EXPECT_EQ(seen[Limit("/dev/sda2", "/mnt/disk")], Value());
  EXPECT_THAT(Message(seen.status), HasSubstr("/mnt/disk: another mount covers it"));
  EXPECT_THAT(input_.asked, ElementsAre(MountedFileSystem{22, "/"}));
}

TEST_F(FileSystemsTest, OfSeveralMountsOfADiskTheFirstThatIsNotCoveredHasItsValues) {
  Mounts(Line(22, 1, "8:1", "/", "/dev/sda1") + Line(30, 22, "8:2", "/mnt", "/dev/sda2") +
         Line(31, 22, "8:2", "/srv", "/dev/sda2") + Line(32, 30, "8:2", "/mnt", "/dev/sda2"));
  input_.usages["/srv"] = Sized(20);
  const Seen seen = Read();
  EXPECT_TRUE(seen.status.ok()) << seen.status;
  EXPECT_EQ(seen[Limit("/dev/sda2", "/srv")], Value(int64_t{20}));
  EXPECT_EQ(seen.values.size(), 11u);
}

TEST_F(FileSystemsTest, OfTwoThatWouldHaveTheSameSeriesTheOneThatIsNotCoveredHasThem) {
  Mounts(Line(22, 1, "8:1", "/", "/dev/sda1") + Line(30, 22, "0:41", "/mnt", "pool") +
         Line(31, 30, "0:42", "/mnt", "pool"));
  input_.usages["/mnt"] = Sized(60);
  const Seen seen = Read();
  EXPECT_TRUE(seen.status.ok()) << seen.status;
  EXPECT_EQ(seen[Limit("pool", "/mnt")], Value(int64_t{60}));
  EXPECT_EQ(sensor_->groups()[1].series.size(), 10u);
}

TEST_F(FileSystemsTest, OneThatMayNotBeAskedIsNamed) {
  Mounts(Line(22, 1, "8:1", "/", "/dev/sda1") + Line(30, 22, "8:2", "/home/a/disk", "/dev/sda2"));
  input_.usages["/home/a/disk"] = ErrnoError(EACCES, "open /home/a/disk");
  const Seen seen = Read();
  EXPECT_TRUE(absl::IsPermissionDenied(seen.status)) << seen.status;
  EXPECT_THAT(Message(seen.status), HasSubstr("file system /home/a/disk: open /home/a/disk"));
  EXPECT_EQ(seen[Limit("/dev/sda2", "/home/a/disk")], Value());
  EXPECT_EQ(seen[Limit("/dev/sda1", "/")], Value(int64_t{1000}));
}

TEST_F(FileSystemsTest, OneThatIsSilentCostsItsOwnValuesOnly) {
  Mounts(Line(22, 1, "8:1", "/", "/dev/sda1") + Line(30, 22, "8:2", "/mnt", "/dev/sda2"));
  input_.usages["/mnt"] = Sized(60);
  EXPECT_TRUE(Read().status.ok());
  input_.usages["/mnt"] = Error(StatusCode::kDeadlineExceeded, "no answer within 800ms");
  const Seen seen = Read();
  EXPECT_THAT(Message(seen.status), HasSubstr("file system /mnt: no answer within 800ms"));
  EXPECT_EQ(seen[Limit("/dev/sda2", "/mnt")], Value()) << "no earlier value looks fresh";
  EXPECT_EQ(seen[Limit("/dev/sda1", "/")], Value(int64_t{1000}));
  EXPECT_EQ(seen["system.uptime"], Value(12345.67));
}

TEST_F(FileSystemsTest, ASizeAbove2To63KeepsItsMeaning) {
  input_.usages["/"] =
      FileSystemUsage{.total_bytes = UINT64_MAX, .free_bytes = 1 << 20, .available_bytes = 2 << 20};
  const Seen seen = Read();
  EXPECT_TRUE(seen.status.ok()) << seen.status;
  EXPECT_EQ(seen[Limit("/dev/sda1", "/")], Value(18446744073709551615.0));
  EXPECT_EQ(seen["system.filesystem.usage{system.device=/dev/sda1,system.filesystem.mode=rw,"
                 "system.filesystem.mountpoint=/,system.filesystem.state=reserved,"
                 "system.filesystem.type=ext4}"],
            Value(int64_t{-(1 << 20)}));
}

TEST_F(FileSystemsTest, OnlyReadingsThatAskFileSystemsMayBlock) {
  EXPECT_TRUE((*MakeSystemSensor({.include = {"filesystem"}}, input_))->MayBlock({}));
  EXPECT_FALSE((*MakeSystemSensor({.include = {"cpu", "disk", "network"}}, input_))->MayBlock({}));
}

std::vector<uint64_t> Covered(const std::string& text) {
  Faults faults;
  std::vector<uint64_t> ids;
  for (const Mount& mount : ParseMounts(text, faults)) {
    if (mount.covered) ids.push_back(mount.id);
  }
  return ids;
}

TEST(MountTableTest, AMountIsCoveredByWhatIsMountedOnItOrAboveIt) {
  // The first root was left behind by the initial RAM disk.
  EXPECT_THAT(Covered("1 1 0:2 / / rw - rootfs rootfs rw\n" + Line(22, 1, "8:1", "/", "a") +
                      Line(30, 22, "8:2", "/a", "b") + Line(31, 30, "8:3", "/a/b", "c") +
                      Line(32, 22, "8:4", "/ab", "d")),
              ElementsAre(1));
  EXPECT_THAT(Covered(Line(22, 1, "8:1", "/", "a") + Line(30, 22, "8:2", "/a", "b") +
                      Line(31, 30, "8:3", "/a/b", "c") + Line(32, 30, "8:4", "/a", "d")),
              ElementsAre(30, 31));
  // A root that is no mount, as a chroot's, and parents that are not in the list.
  EXPECT_THAT(Covered(Line(30, 22, "8:2", "/a", "b") + Line(31, 30, "8:3", "/a/b", "c")),
              ElementsAre());
}

TEST(MountTableTest, MountsOnEachOtherInACircleEnd) {
  Covered(Line(1, 2, "8:1", "/", "a") + Line(2, 1, "8:1", "/", "a") + Line(3, 3, "8:1", "/", "a"));
}

}  // namespace
}  // namespace godwit::agent
