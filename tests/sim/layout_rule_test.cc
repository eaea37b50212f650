#include "tests/sim/layout_rule.h"

#include <gtest/gtest.h>

namespace godwit::sim {
namespace {

Table Named(const std::vector<std::string>& names) {
  Table table;
  for (const std::string& name : names) table.series.push_back({.name = name});
  return table;
}

class LayoutRuleTest : public testing::Test {
 protected:
  // A reading in which each series has its place as its value.
  LayoutRule::Row Read(const std::vector<std::string>& names, size_t group = 0) {
    std::vector<Value> values;
    for (size_t i = 0; i < names.size(); ++i) values.emplace_back(static_cast<int64_t>(i));
    return rule_.Apply(group, Named(names), values, now_);
  }
  bool Waits(const std::vector<std::string>& names) { return Read(names).waits; }
  // The first layout, and sixteen more.
  void UseUp() {
    EXPECT_FALSE(Waits({"first"}));
    for (int i = 0; i < 16; ++i) EXPECT_FALSE(Waits({"kept", std::to_string(i)})) << i;
  }

  LayoutRule rule_;
  absl::Duration now_ = absl::Hours(3);
};

TEST_F(LayoutRuleTest, SixteenChangesAreTakenAndThenOneEvery75Seconds) {
  UseUp();
  EXPECT_TRUE(Waits({"16"}));
  now_ += absl::Seconds(75) - absl::Nanoseconds(1);
  EXPECT_TRUE(Waits({"17"}));
  now_ += absl::Nanoseconds(1);
  EXPECT_FALSE(Waits({"18"}));
  EXPECT_TRUE(Waits({"19"}));
  now_ += absl::Hours(10);
  for (int i = 20; i < 36; ++i) EXPECT_FALSE(Waits({std::to_string(i)})) << i;
  EXPECT_TRUE(Waits({"36"}));
}

TEST_F(LayoutRuleTest, ARowOfTheLayoutThatIsStillSampledHasTheValuesOfItsSeries) {
  UseUp();
  const LayoutRule::Row row = Read({"new", "other", "kept"});
  EXPECT_TRUE(row.waits);
  EXPECT_EQ(row.table, Named({"kept", "15"}));
  EXPECT_EQ(row.values, (std::vector<Value>{int64_t{2}, std::monostate()}));
}

TEST_F(LayoutRuleTest, ALayoutThatReturnsIsTakenAtOnce) {
  UseUp();
  EXPECT_TRUE(Waits({"new"}));
  EXPECT_FALSE(Waits({"first"}));
  EXPECT_FALSE(Waits({"kept", "3"}));
  EXPECT_TRUE(Waits({"new"}));
}

TEST_F(LayoutRuleTest, NoSeriesAreNoLayout) {
  UseUp();
  EXPECT_FALSE(Waits({}));
  EXPECT_EQ(Read({"new"}).table, Table());
  EXPECT_TRUE(Waits({"new"}));
  EXPECT_FALSE(Waits({"first"}));
}

TEST_F(LayoutRuleTest, TheSeriesThatAGroupStartsWithAreItsFirstLayout) {
  rule_.Start(1, Named({"a"}));
  rule_.Start(2, Named({}));
  UseUp();
  EXPECT_TRUE(Read({"b"}, 1).waits);
  EXPECT_FALSE(Read({"a"}, 1).waits);
  EXPECT_FALSE(Read({"c"}, 2).waits);
}

TEST_F(LayoutRuleTest, EachGroupsFirstLayoutIsTaken) {
  UseUp();
  EXPECT_TRUE(Read({}, 1).values.empty());
  EXPECT_FALSE(Read({"a"}, 1).waits);
  EXPECT_TRUE(Read({"b"}, 1).waits);
}

}  // namespace
}  // namespace godwit::sim
