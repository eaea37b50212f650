// Which source of time the real clock believes. It forks: a filter of system calls is for ever.
#include "platform/linux/linux_clock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <functional>
#include <vector>

#include "tests/contract/temporary_folder.h"

namespace godwit {
namespace {

constexpr int kNoFilter = 255;

// Lets the kernel answer EPERM to every call that reads or sets its clock, as a sandbox does.
bool RefuseTheTime() {
  std::vector<sock_filter> program = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const unsigned call : {
#ifdef SYS_adjtimex
           unsigned{SYS_adjtimex},
#endif
#ifdef SYS_clock_adjtime64
           unsigned{SYS_clock_adjtime64},
#endif
           unsigned{SYS_clock_adjtime}}) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// What `question` returns in a process whose kernel refuses; kNoFilter: it has no such filters.
int WhereTheKernelRefuses(const std::function<int()>& question) {
  const pid_t child = fork();
  if (child == 0) _exit(RefuseTheTime() ? question() : kNoFilter);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

class RefusedClockTest : public testing::Test {
 protected:
  void Touch(absl::Duration ago) {
    const int file = open(file_.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    const time_t touched = absl::ToTimeT(LinuxClock().Wall() - ago);
    const timespec times[2] = {{.tv_sec = touched}, {.tv_sec = touched}};
    EXPECT_EQ(futimens(file, times), 0);
    close(file);
  }
  // The source that is believed.
  void Expect(TimeSource source) {
    const int found =
        WhereTheKernelRefuses([&] { return static_cast<int>(LinuxClock(file_).WallSource()); });
    if (found == kNoFilter) GTEST_SKIP() << "this kernel, or an emulator, filters no calls";
    EXPECT_EQ(found, static_cast<int>(source));
  }

  TemporaryFolder folder_;
  const std::string file_ = folder_.path() + "/synchronized";
};

TEST_F(RefusedClockTest, AKernelThatRefusesToAnswerDoesNotMakeTheClockSynchronised) {
  Expect(TimeSource::kUnknown);
}

TEST_F(RefusedClockTest, TimesyncdIsBelievedAfterARecentSynchronisation) {
  Touch(absl::Hours(1));
  Expect(TimeSource::kTimesyncd);
}

TEST_F(RefusedClockTest, TimesyncdIsNotBelievedAfterALongTimeWithoutContact) {
  Touch(absl::Hours(9));
  Expect(TimeSource::kUnknown);
}

TEST_F(RefusedClockTest, TimesyncdIsNotBelievedOnceTheClockWasSetBack) {
  Touch(-absl::Hours(1));
  Expect(TimeSource::kUnknown);
}

TEST(LinuxClockTest, ItSaysWhatTheKernelSaysOfTheWallClock) {
  timex kernel{};
  const int state = adjtimex(&kernel);
  const TimeSource source = LinuxClock("/nowhere").WallSource();
  if (state < 0) {
    EXPECT_EQ(source, TimeSource::kUnknown);
  } else if (state != TIME_ERROR) {
    EXPECT_EQ(source, TimeSource::kKernel);
  } else {
    EXPECT_EQ(IsSynchronised(source), kernel.maxerror < 16'000'000);
  }
}

TEST(TimeStatusTest, AnErrorBoundThatAProgramMaintainsCountsAsSynchronised) {
  EXPECT_EQ(ChooseTimeSource(KernelTime{}, std::nullopt), TimeSource::kNone);
  const KernelTime chrony{.synchronised = false, .error_bound = absl::Milliseconds(30)};
  EXPECT_EQ(ChooseTimeSource(chrony, std::nullopt), TimeSource::kErrorBound);
}

TEST(TimeStatusTest, AKernelThatAnswersIsBelievedBeforeTimesyncd) {
  EXPECT_EQ(ChooseTimeSource(KernelTime{}, absl::Minutes(1)), TimeSource::kNone);
  EXPECT_EQ(ChooseTimeSource(KernelTime{.synchronised = true}, std::nullopt), TimeSource::kKernel);
}

}  // namespace
}  // namespace godwit
