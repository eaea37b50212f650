// The series that a sensor learns from what it is sent.
#include <gtest/gtest.h>

#include "agent/sensors/learned_series.h"

namespace godwit::agent {
namespace {

class LearnedSeriesTest : public testing::Test {
 protected:
  // Asks for `name` and settles once in ten minutes.
  void AskFor(const std::string& name, int minutes) {
    for (int minute = 0; minute < minutes; minute += 10) {
      EXPECT_TRUE(learned_.Number({.name = name}).ok());
      now_ns_ += 600 * kSecond;
      learned_.Update(now_ns_);
    }
  }
  static constexpr int64_t kSecond = 1'000'000'000;
  LearnedSeries learned_{2, {}};
  int64_t now_ns_ = kSecond;
};

TEST_F(LearnedSeriesTest, WhenItIsFullThoseNotHeardOfForAnHourGo) {
  EXPECT_EQ(*learned_.Number({.name = "a"}), 0u);
  EXPECT_EQ(*learned_.Number({.name = "b"}), 1u);
  EXPECT_TRUE(learned_.Update(now_ns_));
  AskFor("b", 70);
  EXPECT_EQ(learned_.table().series.size(), 2u) << "nobody was refused";
  EXPECT_TRUE(absl::IsResourceExhausted(learned_.Number({.name = "c"}).status()));
  now_ns_ += kSecond;
  EXPECT_TRUE(learned_.Update(now_ns_));
  EXPECT_EQ(learned_.table().series.size(), 1u);
  EXPECT_EQ(learned_.moved()[0], std::nullopt);
  EXPECT_EQ(learned_.moved()[1], 0u);
  EXPECT_EQ(*learned_.Number({.name = "b"}), 0u);
  EXPECT_EQ(*learned_.Number({.name = "c"}), 1u);
}

TEST_F(LearnedSeriesTest, AClockThatIsSetForgetsNoSeriesThatWasHeardOf) {
  EXPECT_TRUE(learned_.Number({.name = "a"}).ok()) << "before the first tick";
  EXPECT_TRUE(learned_.Number({.name = "b"}).ok());
  for (const int64_t now : {kSecond, 50 * 365 * 86'400 * kSecond, 2 * kSecond}) {
    EXPECT_FALSE(learned_.Number({.name = "c"}).ok());
    learned_.Update(now);
    EXPECT_EQ(learned_.table().series.size(), 2u) << now;
    EXPECT_TRUE(learned_.Number({.name = "a"}).ok());
  }
}

TEST_F(LearnedSeriesTest, AColumnChangesItsKindAndKeepsItsNumber) {
  const Series series = {.name = "a", .unit = "1", .kind = Kind::kCounter};
  EXPECT_EQ(*learned_.Number(series), 0u);
  EXPECT_TRUE(learned_.Update(now_ns_));
  learned_.SetKind(0, Kind::kUpDown);
  EXPECT_TRUE(learned_.Update(now_ns_ + 60 * kSecond));
  EXPECT_EQ(learned_.table().series[0].kind, Kind::kUpDown);
  EXPECT_EQ(*learned_.Number(series), 0u);
  EXPECT_FALSE(learned_.Update(now_ns_ + 120 * kSecond));
}

}  // namespace
}  // namespace godwit::agent
