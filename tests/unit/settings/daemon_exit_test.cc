// How a daemon ends that cannot run.
#include "settings/daemon_exit.h"

#include <gtest/gtest.h>

#include "base/exit_code.h"

namespace godwit {
namespace {

struct Ended {
  int exit_code;
  std::string said;
};

Ended FailedBy(StatusCode code) {
  testing::internal::CaptureStderr();
  const int exit_code = FailToRun("godwit-thing", Error(code, "agent.toml:3: no"));
  return {exit_code, testing::internal::GetCapturedStderr()};
}

TEST(DaemonExitTest, TheExitCodeFollowsFromWhatKeepsItFromRunning) {
  EXPECT_EQ(FailedBy(StatusCode::kInvalidArgument).exit_code, kExitSettings);
  EXPECT_EQ(FailedBy(StatusCode::kPermissionDenied).exit_code, kExitPermission);
  EXPECT_EQ(FailedBy(StatusCode::kUnavailable).exit_code, kExitUnreachable);
  EXPECT_EQ(FailedBy(StatusCode::kDataLoss).exit_code, kExitStorage);
}

TEST(DaemonExitTest, ProblemsOfSettingsBeginWithTheirPlaceAndOthersWithTheProgram) {
  EXPECT_EQ(FailedBy(StatusCode::kInvalidArgument).said, "agent.toml:3: no\n");
  EXPECT_EQ(FailedBy(StatusCode::kUnavailable).said, "godwit-thing: agent.toml:3: no\n");
}

}  // namespace
}  // namespace godwit
