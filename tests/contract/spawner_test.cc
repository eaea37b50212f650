// The spawner with real programs: whatever they do, they end, and leave nothing behind.
#include "platform/linux/spawner.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/text.h"

namespace godwit {
namespace {

using End = ProgramResult::End;

// Programs of this test carry a mark in their command line.
size_t Left(const std::string& mark) {
  size_t left = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "cmdline");
    std::string line;
    std::getline(file, line);  // not by its buffer, which throws when the process has just gone
    left += line.find(mark) != std::string::npos;
  }
  return left;
}

// The first child of a process; 0: it has none.
pid_t ChildOf(pid_t parent) {
  std::ifstream file(Cat("/proc/", parent, "/task/", parent, "/children"));
  pid_t child = 0;
  file >> child;
  return child;
}

class SpawnerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::signal(SIGPIPE, SIG_IGN);  // as the agent does
    spawner_ = Spawner::Start()->release();
  }

  static StatusOr<ProgramResult> Shell(const std::string& script,
                                       absl::Duration deadline = absl::Seconds(10)) {
    return spawner_->Run({.command = {"/bin/sh", "-c", script},
                          .environment = {{"ZONE", "7"}},
                          .deadline = deadline,
                          .output_bytes_max = 1000});
  }

  static Spawner* spawner_;
};
Spawner* SpawnerTest::spawner_ = nullptr;

TEST_F(SpawnerTest, GivesOutputErrorOutputAndExitCode) {
  const auto result = Shell("echo zone $ZONE; echo trouble >&2; cat; exit 3");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->end, End::kExited);
  EXPECT_EQ(result->code, 3);
  EXPECT_EQ(result->output, "zone 7\n");
  EXPECT_EQ(result->error_output, "trouble\n");
}

TEST_F(SpawnerTest, AProgramHasNothingOfOursButItsThreeStreams) {
  const auto result = Shell("ls /proc/self/fd | wc -l; env | grep -c .; pwd; ulimit -n");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->output, "4\n3\n/\n64\n");  // and the folder that ls reads; PATH, PWD, ZONE
}

TEST_F(SpawnerTest, AProgramEndsByABrokenPipeAsItWouldAnywhereElse) {
  const auto result = Shell("kill -PIPE $$; echo ignored");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->end, End::kSignalled);
  EXPECT_EQ(result->code, SIGPIPE);
}

TEST_F(SpawnerTest, WhatCannotBeStartedIsSaid) {
  const auto missing = spawner_->Run({.command = {"/no/such"}, .deadline = absl::Seconds(1)});
  EXPECT_TRUE(absl::IsNotFound(missing.status())) << missing.status();
  const auto folder = spawner_->Run({.command = {"/tmp"}, .deadline = absl::Seconds(1)});
  EXPECT_TRUE(absl::IsPermissionDenied(folder.status())) << folder.status();
}

TEST_F(SpawnerTest, ACrashIsASignal) {
  const auto result = Shell("kill -SEGV $$");
  EXPECT_EQ(result->end, End::kSignalled);
  EXPECT_EQ(result->code, SIGSEGV);
}

TEST_F(SpawnerTest, ADeadlineEndsItAlsoWhenItDoesNotWantTo) {
  const auto result = Shell("trap '' TERM; echo begun; sleep 97.1; sleep 97.1", absl::Seconds(1));
  EXPECT_EQ(result->end, End::kDeadline);
  EXPECT_EQ(result->output, "begun\n");
  EXPECT_EQ(Left("97.1"), 0u);
}

TEST_F(SpawnerTest, AFloodIsCutOff) {
  const auto result = Shell("yes 97.2; yes 97.2");
  EXPECT_EQ(result->end, End::kFlooded);
  EXPECT_EQ(result->output.size(), 1000u);
  EXPECT_EQ(Left("97.2"), 0u);
}

TEST_F(SpawnerTest, WhatItLeavesBehindGoesWithIt) {
  // The kernel has had it since 3.4; qemu-user 7.2 does not pass it on.
  if (prctl(PR_SET_CHILD_SUBREAPER, 0) != 0) GTEST_SKIP() << "an emulator without subreapers";
  const auto result = Shell("sleep 97.3 & setsid sleep 97.3 & (setsid sh -c 'sleep 97.3; :' &); :");
  EXPECT_EQ(result->end, End::kExited);
  EXPECT_EQ(Left("97.3"), 0u);
}

TEST_F(SpawnerTest, AForkBombEndsAtItsDeadline) {
  const auto result = Shell("while :; do sleep 97.4 & done", absl::Seconds(1));
  EXPECT_EQ(result->end, End::kDeadline);
  EXPECT_EQ(Left("97.4"), 0u);
}

TEST_F(SpawnerTest, ManyRunBesideEachOther) {
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 20; ++i) {
    threads.emplace_back([&good, i] {
      const auto result = Shell(Cat("sleep 0.", i % 3, "; echo ", i));
      good += result.ok() && result->output == Cat(i, "\n");
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 20);
}

TEST_F(SpawnerTest, ACommandThatIsTooLongIsRefused) {
  EXPECT_FALSE(
      spawner_->Run({.command = {"/bin/echo", std::string(100'000, 'x')}, .deadline = {}}).ok());
}

TEST_F(SpawnerTest, TheProcessThatForksIsStartedAgainWhenItIsKilled) {
  const auto spawner = Spawner::Start();
  const auto echo = [&] {
    return (*spawner)->Run({.command = {"/bin/echo", "here"},
                            .deadline = absl::Seconds(10),
                            .output_bytes_max = 1000});
  };
  ASSERT_TRUE(echo().ok());
  EXPECT_EQ((*spawner)->stats().starts, 1u);
  for (uint32_t kills = 1; kills <= 3; ++kills) {
    const pid_t server = ChildOf((*spawner)->pid());
    ASSERT_NE(server, 0);
    ASSERT_EQ(kill(server, SIGKILL), 0);
    const auto result = echo();  // waits in the socket for the next
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->output, "here\n");
    EXPECT_EQ((*spawner)->stats().starts, kills + 1);
  }
}

TEST_F(SpawnerTest, OneThatLosesItsKeeperKeepsTheNextAlive) {
  const auto spawner = Spawner::Start();
  const auto run = [&](const std::string& script) {
    return (*spawner)->Run({.command = {"/bin/sh", "-c", script},
                            .deadline = absl::Seconds(10),
                            .output_bytes_max = 1000});
  };
  ASSERT_TRUE(run("true").ok());
  const pid_t next_keeper = ChildOf((*spawner)->pid());
  ASSERT_EQ(kill((*spawner)->pid(), SIGKILL), 0);
  ASSERT_EQ(waitpid((*spawner)->pid(), nullptr, 0), (*spawner)->pid());
  // What was taken before it noticed is lost with it, and said to be.
  while (!run("true").ok()) continue;
  const pid_t server = ChildOf(next_keeper);
  ASSERT_NE(server, 0);
  ASSERT_EQ(kill(server, SIGKILL), 0);
  EXPECT_TRUE(run("true").ok());
}

TEST_F(SpawnerTest, ProgramsOfAProcessThatIsKilledEndWithItAndTheirAskersHearSo) {
  const auto spawner = Spawner::Start();
  const std::string script = "sleep 97.5 & setsid sleep 97.5 & echo begun; sleep 97.5";
  StatusOr<ProgramResult> result = Error(StatusCode::kUnknown, "");
  std::thread asker([&] {
    result = (*spawner)->Run({.command = {"/bin/sh", "-c", script},
                              .deadline = absl::Seconds(30),
                              .output_bytes_max = 1000});
  });
  while (Left("97.5") < 4) std::this_thread::yield();  // sh and its three
  kill(ChildOf((*spawner)->pid()), SIGKILL);
  asker.join();
  EXPECT_TRUE(absl::IsUnavailable(result.status())) << result.status();
  // The next server begins once the strays are gone.
  EXPECT_TRUE((*spawner)->Run({.command = {"/bin/true"}, .deadline = absl::Seconds(10)}).ok());
  EXPECT_EQ(Left("97.5"), 0u);
}

TEST_F(SpawnerTest, BothProcessesEndWithTheAgent) {
  auto spawner = Spawner::Start();
  const pid_t keeper = (*spawner)->pid();
  ASSERT_TRUE((*spawner)->Run({.command = {"/bin/true"}, .deadline = absl::Seconds(10)}).ok());
  const pid_t server = ChildOf(keeper);
  spawner->reset();
  EXPECT_EQ(waitpid(keeper, nullptr, 0), keeper);
  EXPECT_NE(kill(server, 0), 0);
}

}  // namespace
}  // namespace godwit
