// The file sensor over real files: the value is that of the file which has the name now.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "agent/sensors/factories.h"
#include "platform/linux/linux_sensor_input.h"
#include "tests/contract/mount_namespace.h"
#include "tests/contract/temporary_folder.h"

namespace godwit::agent {
namespace {

namespace fs = std::filesystem;

class FileSensorContractTest : public testing::Test {
 protected:
  FileSensorContractTest() { Write("value", "1"); }

  fs::path In(const std::string& name) const { return fs::path(folder_.path()) / name; }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(In(name), std::ios::trunc) << text;
  }
  Value Read() {
    Readings readings(1, std::vector<Value>(1));
    return sensor_->Read({.number = 1, .time_unix_ns = 1}, readings).ok() ? readings[0][0]
                                                                          : Value("an error");
  }

  const TemporaryFolder folder_;
  LinuxSensorInput input_;
  std::unique_ptr<Sensor> sensor_ =
      MakeFileSensor({.path = In("value").string(), .series = {.name = "x", .unit = "1"}}, input_);
};

TEST_F(FileSensorContractTest, AFileThatWasMovedAwayIsLeftForTheOneThatTookItsName) {
  EXPECT_EQ(Read(), Value(int64_t{1}));
  fs::rename(In("value"), In("value.1"));
  EXPECT_EQ(Read(), Value("an error")) << "nothing has the name";
  Write("value", "2");
  EXPECT_EQ(Read(), Value(int64_t{2}));
}

TEST_F(FileSensorContractTest, AFileThatWasReplacedIsLeftAlsoWhenABackupKeepsIt) {
  fs::create_hard_link(In("value"), In("value.bak"));
  EXPECT_EQ(Read(), Value(int64_t{1}));
  Write("new", "2");
  fs::rename(In("new"), In("value"));
  EXPECT_EQ(Read(), Value(int64_t{2}));
}

TEST_F(FileSensorContractTest, ALinkThatIsSetAnewLeadsToItsNewTarget) {
  fs::rename(In("value"), In("one"));
  Write("two", "2");
  fs::create_symlink("one", In("value"));
  EXPECT_EQ(Read(), Value(int64_t{1}));
  fs::create_symlink("two", In("link"));
  fs::rename(In("link"), In("value"));
  EXPECT_EQ(Read(), Value(int64_t{2}));
}

TEST_F(FileSensorContractTest, AFileSystemThatIsMountedOverTheFileIsRead) {
  const auto reads = [this](int64_t value) {
    return [this, value] { return Read() == Value(value); };
  };
  const auto mounted = [this] {
    return mount("none", folder_.path().c_str(), "tmpfs", 0, nullptr) == 0;
  };
  const auto written = [this] {
    Write("value", "2");
    return true;
  };
  const auto unmounted = [this] { return umount(folder_.path().c_str()) == 0; };
  const int first_false = FirstFalse({reads(1), mounted, written, reads(2), unmounted, reads(1)});
  if (first_false == kNoNamespace) GTEST_SKIP() << "no mount namespace to be had";
  EXPECT_EQ(first_false, 0) << "the number of the step, from 1";
}

}  // namespace
}  // namespace godwit::agent
