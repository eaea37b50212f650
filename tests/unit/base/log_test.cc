// The log bears what strangers write into it, and no more of it than it has room for.
#include "base/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "base/hidden_text.h"
#include "base/log_limiter.h"
#include "base/log_lines.h"
#include "base/text.h"

namespace godwit {
namespace {

constexpr LogSite kHere{"here.cc", 1};
constexpr LogSite kThere{"there.cc", 1};

TEST(LogLimiterTest, APlaceThatLogsTooMuchIsStoppedAndOthersAreNot) {
  LogLimiter limiter;
  for (uint64_t i = 0; i < kLogLinesPerSiteMax; ++i) {
    EXPECT_TRUE(limiter.Admit(LogLevel::kInfo, kHere, absl::Seconds(i)).passes);
  }
  EXPECT_FALSE(limiter.Admit(LogLevel::kInfo, kHere, absl::Seconds(59)).passes);
  EXPECT_TRUE(limiter.Admit(LogLevel::kInfo, kThere, absl::Seconds(59)).passes);
  EXPECT_TRUE(limiter.Admit(LogLevel::kInfo, {"here.cc", 2}, absl::Seconds(59)).passes);
  EXPECT_EQ(limiter.dropped(), 1u);
}

TEST(LogLimiterTest, TheFirstLineAfterTheWindowSaysHowManyWereDropped) {
  LogLimiter limiter;
  for (uint64_t i = 0; i < kLogLinesPerSiteMax + 7; ++i) {
    limiter.Admit(LogLevel::kError, kHere, absl::Seconds(100));
  }
  const auto first = limiter.Admit(LogLevel::kError, kHere, absl::Seconds(100) + kLogWindow);
  EXPECT_TRUE(first.passes);
  EXPECT_EQ(first.dropped_before, 7u);
  EXPECT_EQ(limiter.Admit(LogLevel::kError, kHere, absl::Seconds(161)).dropped_before, 0u);
  EXPECT_EQ(limiter.dropped(), 7u);
}

uint64_t PassedOf(LogLimiter& limiter, std::string_view subject, int lines) {
  uint64_t passed = 0;
  for (int i = 0; i < lines; ++i) {
    passed += limiter.Admit(LogLevel::kWarning, kHere, absl::ZeroDuration(), {subject}).passes;
  }
  return passed;
}

TEST(LogLimiterTest, ASubjectThatFloodsHasItsShareAndHidesNoOther) {
  LogLimiter limiter;
  EXPECT_EQ(PassedOf(limiter, "flood", 107'000), kLogLinesPerSubjectMax);
  EXPECT_EQ(PassedOf(limiter, "other", 2), 2u);
  EXPECT_EQ(limiter.dropped(), 107'000 - kLogLinesPerSubjectMax);
}

TEST(LogLimiterTest, OfManyThatFloodTogetherEachIsSeenAndTheirSumIsBounded) {
  LogLimiter limiter;
  uint64_t passed = 0;
  for (uint64_t i = 0; i < kLogSubjectsMax - 1; ++i) {
    passed += PassedOf(limiter, std::to_string(i), 1000);
  }
  EXPECT_EQ(passed, kLogSubjectsMax - 1 + kLogLinesPerSiteMax);
  EXPECT_EQ(PassedOf(limiter, "the last", 1000), 1u);
  EXPECT_EQ(PassedOf(limiter, "one more", 1000), 0u);
}

TEST(LogLimiterTest, DebugLinesHaveMoreRoom) {
  LogLimiter limiter;
  for (uint64_t i = 0; i < kDebugLinesPerSiteMax; ++i) {
    EXPECT_TRUE(limiter.Admit(LogLevel::kDebug, kHere, absl::ZeroDuration()).passes);
  }
  EXPECT_FALSE(limiter.Admit(LogLevel::kDebug, kHere, absl::ZeroDuration()).passes);
}

class LogTest : public testing::Test {
 protected:
  void SetUp() override { StartLog("test", LogLevel::kInfo); }

  // The lines that `log` writes to standard error.
  template <typename Write>
  static std::vector<std::string> Written(Write log) {
    testing::internal::CaptureStderr();
    log();
    std::istringstream all(testing::internal::GetCapturedStderr());
    std::vector<std::string> lines;
    for (std::string line; std::getline(all, line);) lines.push_back(line);
    return lines;
  }
};

TEST_F(LogTest, AStrangerForgesNoLineAndSteersNoTerminal) {
  const auto lines = Written([] { LogInfo("command of eve\n<3>root: \x1b[2J\u202e begins"); });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].ends_with("command of eve\\n<3>root: \\x1b[2J\\u202e begins")) << lines[0];
  EXPECT_EQ(RecentLogLines().back().text, "command of eve\\n<3>root: \\x1b[2J\\u202e begins");
}

TEST_F(LogTest, ALineIsCutAtItsBound) {
  const auto lines = Written([] { LogWarning(std::string(1 << 20, 'x')); });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_LT(lines[0].size(), kLogMessageBytesMax + 100);
  EXPECT_TRUE(lines[0].ends_with("x…"));
}

TEST_F(LogTest, WhatSettingsTookFromTheEnvironmentIsNotLogged) {
  HideText("log-test-secret", "${SECRET}");
  const auto lines = Written([] { LogInfo("open /a/log-test-secret: no such file"); });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].ends_with("open /a/${SECRET}: no such file")) << lines[0];
}

TEST_F(LogTest, AFloodOfOnePlaceDoesNotFillTheLogAndDrownsNothingElse) {
  const uint64_t before = DroppedLogLines();
  const auto lines = Written([] {
    for (int i = 0; i < 10'000; ++i) LogInfo(Cat("flood ", i));
    LogInfo("something else");
  });
  EXPECT_EQ(lines.size(), kLogLinesPerSiteMax + 1);
  EXPECT_TRUE(lines.back().ends_with("something else"));
  EXPECT_EQ(DroppedLogLines() - before, 10'000 - kLogLinesPerSiteMax);
}

TEST_F(LogTest, AStartForgetsWhatEachPlaceHasLogged) {
  const auto lines = Written([] {
    for (int start = 0; start < 2; ++start) {
      StartLog("test", LogLevel::kInfo);
      for (int i = 0; i < 1000; ++i) LogInfo("flood");
    }
  });
  EXPECT_EQ(lines.size(), 2 * kLogLinesPerSiteMax);
}

TEST_F(LogTest, ATapIsFloodedNoMoreThanTheLog) {
  size_t tapped = 0;
  TapLog(LogLevel::kInfo, [&](const LogLine&) { ++tapped; });
  Written([] {
    for (int i = 0; i < 1000; ++i) LogInfo("flood");
  });
  TapLog(LogLevel::kOff, nullptr);
  EXPECT_EQ(tapped, kLogLinesPerSiteMax);
}

TEST_F(LogTest, ALineThatNobodyWantsIsNotCounted) {
  const uint64_t before = DroppedLogLines();
  for (int i = 0; i < 10'000; ++i) LogDebug("nobody asked");
  EXPECT_EQ(DroppedLogLines(), before);
}

}  // namespace
}  // namespace godwit
