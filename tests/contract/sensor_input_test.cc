// What the kernel says of its mounts, in a mount namespace of the test's own.
#include "platform/linux/linux_sensor_input.h"

#include <gtest/gtest.h>
#include <sys/mount.h>

#include <fstream>
#include <optional>

#include "tests/contract/mount_namespace.h"
#include "tests/contract/temporary_folder.h"

namespace godwit {
namespace {

TEST(SensorInputTest, AMountIsAnnouncedOnceToEachOpenListOfMounts) {
  const TemporaryFolder folder;
  LinuxSensorInput input;
  std::unique_ptr<SensorFile> mounts;
  const auto announced = [&] { return mounts->ChangeAnnounced(); };
  const auto quiet = [&] { return !mounts->ChangeAnnounced(); };
  const auto open = [&] {
    auto opened = input.Open("/proc/self/mountinfo");
    if (opened.ok()) mounts = *std::move(opened);
    return opened.ok();
  };
  const auto mounted = [&] {
    return mount("none", folder.path().c_str(), "tmpfs", 0, nullptr) == 0;
  };
  const auto listed = [&] {
    const auto text = mounts->Read();
    return text.ok() && text->find(folder.path()) != std::string_view::npos;
  };
  const auto unmounted = [&] { return umount(folder.path().c_str()) == 0; };
  const int first_false =
      FirstFalse({open, quiet, mounted, announced, listed, quiet, unmounted, announced, quiet});
  if (first_false == kNoNamespace) GTEST_SKIP() << "no mount namespace to be had";
  EXPECT_EQ(first_false, 0) << "the number of the step, from 1";
}

// The id of the last mount there, as the list of mounts has it.
uint64_t MountIdAt(SensorInput& input, const std::string& point) {
  auto file = input.Open("/proc/self/mountinfo");
  if (!file.ok()) return 0;
  const auto text = (*file)->Read();
  if (!text.ok()) return 0;
  const size_t at = text->rfind(" " + point + " ");
  if (at == std::string_view::npos) return 0;
  const size_t line = text->rfind('\n', at) + 1;
  return std::stoull(std::string(text->substr(line)));
}

TEST(SensorInputTest, AMountThatAnotherOneCoversHasNoValueAndTheOtherHasItsOwn) {
  const TemporaryFolder folder;
  LinuxSensorInput input;
  uint64_t below = 0;
  uint64_t above = 0;
  constexpr uint64_t kMebibyte = 1 << 20;
  const auto size_of = [&](uint64_t id) {
    const auto usage = AskMount({id, folder.path()});
    return usage.ok() ? usage->total_bytes : 0;
  };
  const auto first = [&] {
    return mount("none", folder.path().c_str(), "tmpfs", 0, "size=1m") == 0 &&
           (below = MountIdAt(input, folder.path())) != 0;
  };
  const auto has_its_size = [&] { return size_of(below) == kMebibyte; };
  const auto second = [&] {
    return mount("none", folder.path().c_str(), "tmpfs", 0, "size=3m") == 0 &&
           (above = MountIdAt(input, folder.path())) != 0;
  };
  const auto is_covered = [&] {
    return absl::IsFailedPrecondition(AskMount({below, folder.path()}).status());
  };
  const auto covers = [&] { return size_of(above) == 3 * kMebibyte; };
  const int first_false = FirstFalse({first, has_its_size, second, is_covered, covers});
  if (first_false == kNoNamespace) GTEST_SKIP() << "no mount namespace to be had";
  EXPECT_EQ(first_false, 0) << "the number of the step, from 1";
}

// System calls by which this process has read so far; none where the kernel does not count them.
std::optional<uint64_t> ReadCalls() {
  std::ifstream io("/proc/self/io");
  for (std::string key, value; io >> key >> value;) {
    if (key == "syscr:") return std::stoull(value);
  }
  return std::nullopt;
}

uint64_t ReadCallsOf(SensorFile& file, int times) {
  const auto before = ReadCalls();
  for (int i = 0; i < times; ++i) EXPECT_TRUE(file.Read().ok());
  return *ReadCalls() - *before;
}

TEST(SensorInputTest, AFileThatTheKernelPrintsAsOneRecordIsReadByOneCall) {
  if (!ReadCalls()) GTEST_SKIP() << "the kernel does not count calls";
  constexpr int kTimes = 100;
  constexpr uint64_t kOwnCallsMax = 20;  // of counting them
  LinuxSensorInput input;
  const auto record = input.OpenRecord("/proc/loadavg");
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_LE(ReadCallsOf(**record, kTimes), kTimes + kOwnCallsMax);
  const auto attribute = input.Open("/sys/kernel/uevent_seqnum");
  ASSERT_TRUE(attribute.ok()) << attribute.status();
  EXPECT_LE(ReadCallsOf(**attribute, kTimes), kTimes + kOwnCallsMax);
  // Others may stop in front of a record that did not fit.
  const auto lines = input.Open("/proc/self/mountinfo");
  ASSERT_TRUE(lines.ok()) << lines.status();
  EXPECT_GE(ReadCallsOf(**lines, kTimes), uint64_t{2} * kTimes);
}

TEST(SensorInputTest, AFileOfShortRowsIsReadByOneCallWhileItIsShort) {
  if (!ReadCalls()) GTEST_SKIP() << "the kernel does not count calls";
  constexpr int kTimes = 100;
  constexpr uint64_t kOwnCallsMax = 20;  // of counting them
  LinuxSensorInput input;
  const auto rows = input.OpenRows("/proc/net/dev");
  ASSERT_TRUE(rows.ok()) << rows.status();
  const auto text = (*rows)->Read();
  ASSERT_TRUE(text.ok()) << text.status();
  if (text->size() + kSensorRowBytesMax > 4096) GTEST_SKIP() << "many interfaces";
  EXPECT_LE(ReadCallsOf(**rows, kTimes), kTimes + kOwnCallsMax);
  EXPECT_NE((*rows)->Read()->find("lo:"), std::string_view::npos);
  // What is longer is read to its end.
  const auto symbols = input.OpenRows("/proc/kallsyms");
  ASSERT_TRUE(symbols.ok()) << symbols.status();
  EXPECT_TRUE(absl::IsOutOfRange((*symbols)->Read().status()));
}

TEST(SensorInputTest, AFileOfOneRecordIsWholeWhateverItsLength) {
  LinuxSensorInput input;
  for (const char* path : {"/proc/filesystems", "/proc/version", "/proc/cmdline"}) {
    const auto record = input.OpenRecord(path);
    const auto other = input.Open(path);
    ASSERT_TRUE(record.ok() && other.ok()) << path;
    EXPECT_EQ((*record)->Read().value(), (*other)->Read().value()) << path;
  }
  // With its line of interrupts it is longer than the first buffer on most machines.
  const auto stat = input.OpenRecord("/proc/stat");
  ASSERT_TRUE(stat.ok()) << stat.status();
  for (int i = 0; i < 2; ++i) {
    const auto text = (*stat)->Read();
    ASSERT_TRUE(text.ok()) << text.status();
    EXPECT_TRUE(text->starts_with("cpu "));
    EXPECT_NE(text->find("\nsoftirq "), std::string_view::npos);
    EXPECT_TRUE(text->ends_with("\n"));
  }
}

}  // namespace
}  // namespace godwit
