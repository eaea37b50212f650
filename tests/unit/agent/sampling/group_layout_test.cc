#include "agent/sampling/group_layout.h"

#include <gtest/gtest.h>

namespace godwit::agent {
namespace {

Table Named(const std::vector<std::string>& names) {
  Table table;
  for (const std::string& name : names) table.series.push_back({.name = name});
  return table;
}

std::vector<Value> Values(const std::vector<int64_t>& numbers) {
  return {numbers.begin(), numbers.end()};
}

class GroupLayoutTest : public testing::Test {
 protected:
  GroupLayoutTest() {
    Yields({"a", "b"});
    layout_.TakeWanted();
  }
  bool Yields(const std::vector<std::string>& names) {
    std::vector<size_t> all(names.size());
    for (size_t i = 0; i < all.size(); ++i) all[i] = i;
    return layout_.SetYielded(Named(names), all);
  }
  std::vector<Value> Row(const std::vector<int64_t>& numbers) {
    const std::vector<Value> values = Values(numbers);
    return layout_.Row(&values);
  }

  GroupLayout layout_;
};

TEST_F(GroupLayoutTest, AGroupsFirstLayoutWaitsUntilItIsTaken) {
  GroupLayout fresh;
  EXPECT_FALSE(fresh.had_series());
  EXPECT_TRUE(fresh.SetYielded(Named({"a"}), {0}));
  fresh.TakeWanted();
  EXPECT_FALSE(fresh.waiting());
  EXPECT_TRUE(fresh.had_series());
}

TEST_F(GroupLayoutTest, WhatIsSampledGoesOnBySeriesWhileANewLayoutWaits) {
  EXPECT_TRUE(Yields({"new", "b", "a"}));
  EXPECT_EQ(Row({1, 2, 3}), Values({3, 2}));
  EXPECT_EQ(layout_.waiting_series(), std::vector<size_t>{0});
  EXPECT_TRUE(Yields({"b", "newer", "newest"}));
  EXPECT_EQ(Row({1, 2, 3}), (std::vector<Value>{std::monostate(), int64_t{1}}));
  EXPECT_EQ(layout_.waiting_series(), (std::vector<size_t>{1, 2}));
  layout_.TakeWanted();
  EXPECT_EQ(Row({1, 2, 3}), Values({1, 2, 3}));
  EXPECT_TRUE(layout_.waiting_series().empty());
}

TEST_F(GroupLayoutTest, TheLayoutThatIsSampledDoesNotWaitWhenItIsYieldedAgain) {
  EXPECT_TRUE(Yields({"a", "b", "c"}));
  EXPECT_FALSE(Yields({"a", "b"}));
  EXPECT_EQ(Row({1, 2}), Values({1, 2}));
}

TEST_F(GroupLayoutTest, OnlyAdmittedColumnsAreSampled) {
  EXPECT_TRUE(layout_.SetYielded(Named({"a", "twice", "b", "c"}), {0, 2, 3}));
  EXPECT_EQ(layout_.Wanted(), Named({"a", "b", "c"}));
  EXPECT_EQ(Row({1, 2, 3, 4}), Values({1, 3}));
  EXPECT_EQ(layout_.waiting_series(), std::vector<size_t>{3});
  layout_.TakeWanted();
  EXPECT_EQ(Row({1, 2, 3, 4}), Values({1, 3, 4}));
}

TEST_F(GroupLayoutTest, AReadingThatTimedOutIsARowOfNulls) {
  EXPECT_EQ(layout_.Row(nullptr), std::vector<Value>(2));
  EXPECT_TRUE(Yields({"c"}));
  EXPECT_EQ(layout_.Row(nullptr), std::vector<Value>(2));
}

}  // namespace
}  // namespace godwit::agent
