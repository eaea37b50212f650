// A few answers worked out by hand; tests/contract/query_agreement_test.cc compares the rest.
#include "collector/fleet/step_windows.h"

#include <gtest/gtest.h>

namespace godwit::collector {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

std::vector<std::pair<int64_t, Value>> Answers(const StepWindows::Options& options,
                                               const std::vector<std::pair<int64_t, Value>>& in) {
  StepWindows windows(options);
  for (const auto& [second, value] : in) {
    windows.Advance(second * kSecond);
    windows.Add(0, value);
  }
  windows.End();
  std::vector<std::pair<int64_t, Value>> out;
  for (const auto& row : windows.rows()) out.emplace_back(row.time_unix_ns / kSecond, row.value);
  return out;
}

using Rows = std::vector<std::pair<int64_t, Value>>;

TEST(StepWindowsTest, AStepIsFromItsBeginningToTheNext) {
  const Rows in = {{0, int64_t{1}}, {9, int64_t{2}}, {10, int64_t{7}}, {39, 0.5}};
  EXPECT_EQ(Answers({.aggregate = Aggregate::kMean, .step_ns = 10 * kSecond}, in),
            (Rows{{0, 1.5}, {10, 7.0}, {30, 0.5}}));
  EXPECT_EQ(Answers({.aggregate = Aggregate::kCount, .step_ns = 10 * kSecond}, in),
            (Rows{{0, int64_t{2}}, {10, int64_t{1}}, {30, int64_t{1}}}));
  EXPECT_EQ(Answers({.aggregate = Aggregate::kMax, .step_ns = 0}, in), (Rows{{0, int64_t{7}}}));
  EXPECT_EQ(Answers({.aggregate = Aggregate::kMin, .step_ns = 0}, in), (Rows{{0, 0.5}}));
}

TEST(StepWindowsTest, ARateExtendsToTheEndsOfItsWindowAndTakesAResetForOne) {
  // 0, 10, 20, … at 1 s: 10 a second, whatever the window cuts off.
  Rows counting;
  for (int64_t second = 100; second < 120; ++second) counting.emplace_back(second, second * 10);
  const auto rates = Answers({.aggregate = Aggregate::kRate, .step_ns = 10 * kSecond}, counting);
  ASSERT_EQ(rates.size(), 2u);
  EXPECT_DOUBLE_EQ(std::get<double>(rates[0].second), 10);
  // 5 → 6 → 2 is a growth of 1, then of 2 from 0.
  Growth growth;
  growth.Add(0, int64_t{5});
  growth.Add(kSecond, int64_t{6});
  growth.Add(2 * kSecond, int64_t{2});
  EXPECT_DOUBLE_EQ(growth.increase, 3);
  EXPECT_DOUBLE_EQ(*RateOf(growth, 0, 2 * kSecond), 1.5);
}

TEST(StepWindowsTest, AWindowReachesBackOverStepsAndOutlivesItsLastSample) {
  const Rows in = {{0, int64_t{0}}, {10, int64_t{10}}, {40, int64_t{40}}};
  const auto rates =
      Answers({.aggregate = Aggregate::kRate, .step_ns = 10 * kSecond, .window_steps = 3}, in);
  // The window of the step at 20 has both samples still, that at 30 only one.
  ASSERT_EQ(rates.size(), 2u);
  EXPECT_EQ(rates[0].first, 10);
  EXPECT_EQ(rates[1].first, 20);
}

TEST(StepWindowsTest, TheLastStepOfARateEndsWithTheNewestSample) {
  Rows counting;
  for (int64_t second = 100; second <= 112; ++second) counting.emplace_back(second, second * 10);
  const auto rates = Answers({.aggregate = Aggregate::kRate, .step_ns = 10 * kSecond}, counting);
  ASSERT_EQ(rates.size(), 2u);
  EXPECT_EQ(rates[1].first, 110);
  EXPECT_DOUBLE_EQ(std::get<double>(rates[1].second), 10);
}

TEST(StepWindowsTest, NoRateIsGivenForTimeBehindTheNewestSample) {
  const Rows in = {{0, int64_t{0}}, {10, int64_t{10}}, {11, Value()}, {25, Value()}};
  const auto rates =
      Answers({.aggregate = Aggregate::kRate, .step_ns = 10 * kSecond, .window_steps = 3}, in);
  ASSERT_EQ(rates.size(), 1u);
  EXPECT_EQ(rates[0].first, 10);
}

TEST(StepWindowsTest, OneSampleHasNoRateAndAStateNoMean) {
  EXPECT_TRUE(Answers({.aggregate = Aggregate::kRate, .step_ns = kSecond}, {{1, 5.0}}).empty());
  EXPECT_TRUE(Answers({.aggregate = Aggregate::kMean, .step_ns = kSecond}, {{1, std::string("on")}})
                  .empty());
  EXPECT_EQ(Answers({.aggregate = Aggregate::kLast, .step_ns = kSecond}, {{1, std::string("on")}}),
            (Rows{{1, std::string("on")}}));
}

}  // namespace
}  // namespace godwit::collector
