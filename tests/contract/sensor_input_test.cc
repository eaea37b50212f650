// What the kernel says of its mounts, in a mount namespace of the test's own.
#include "platform/linux/linux_sensor_input.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "tests/contract/temporary_folder.h"

namespace godwit {
namespace {

constexpr int kCannot = 77;

bool InNamespaceOfItsOwn() {
  return (unshare(CLONE_NEWNS) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) &&
         mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

// Runs `steps` in a child; the exit status is the number of the first that was false.
int FirstFalse(const std::vector<std::function<bool()>>& steps) {
  const pid_t child = fork();
  if (child == 0) {
    if (!InNamespaceOfItsOwn()) _exit(kCannot);
    for (size_t i = 0; i < steps.size(); ++i) {
      if (!steps[i]()) _exit(static_cast<int>(i) + 1);
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

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
  if (first_false == kCannot) GTEST_SKIP() << "no mount namespace to be had";
  EXPECT_EQ(first_false, 0) << "the number of the step, from 1";
}

}  // namespace
}  // namespace godwit
