#include "agent/spool/loss_list.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace godwit::agent {
namespace {

constexpr RunId kOld = 900;  // ids are random: the older run's may be the larger
constexpr RunId kNew = 5;

TEST(LossListTest, TheOldestLossIsForgottenFirstWhateverItsRunIsCalled) {
  LossList list;
  list.Add({kOld, {1, 1}, LossReason::kDamaged});
  list.Add({kOld, {3, 3}, LossReason::kSpoolFull});
  for (Seq seq = 1; list.All().size() < kLossesMax; seq += 2) {
    list.Add({kNew, {seq, seq}, LossReason::kSpoolFull});
  }
  list.Add({kNew, {100'000, 100'000}, LossReason::kOverload});
  EXPECT_EQ(list.All().size(), kLossesMax);
  EXPECT_FALSE(list.Touches(kOld, {1, 1}));
  EXPECT_TRUE(list.Touches(kOld, {3, 3}));
  EXPECT_TRUE(list.Touches(kNew, {1, 1}));
  EXPECT_TRUE(list.Touches(kNew, {100'000, 100'000}));
}

TEST(LossListTest, LossesThatTouchAreOneAndKeepThePlaceOfTheOldest) {
  LossList list;
  list.Add({kOld, {1, 2}, LossReason::kDamaged});
  list.Add({kNew, {1, 1}, LossReason::kDamaged});
  list.Add({kOld, {5, 6}, LossReason::kDamaged});
  list.Add({kOld, {3, 4}, LossReason::kOverload});
  list.Add({kOld, {3, 4}, LossReason::kDamaged});
  EXPECT_EQ(list.All(), (std::vector<Loss>{{kOld, {1, 6}, LossReason::kDamaged},
                                           {kNew, {1, 1}, LossReason::kDamaged},
                                           {kOld, {3, 4}, LossReason::kOverload}}));
  EXPECT_TRUE(list.Contains({kOld, {2, 5}, LossReason::kDamaged}));
  EXPECT_FALSE(list.Contains({kOld, {2, 7}, LossReason::kDamaged}));
}

TEST(LossListTest, WhatWasReportedIsRemovedForItsReasonAndWhatIsFoundForAny) {
  LossList list;
  list.Add({kOld, {1, 9}, LossReason::kDamaged});
  list.Add({kOld, {4, 5}, LossReason::kOverload});
  list.Remove({kOld, {1, 2}, LossReason::kDamaged});
  list.Forget(kOld, {5, 6});
  EXPECT_EQ(list.All(), (std::vector<Loss>{{kOld, {3, 4}, LossReason::kDamaged},
                                           {kOld, {7, 9}, LossReason::kDamaged},
                                           {kOld, {4, 4}, LossReason::kOverload}}));
  EXPECT_FALSE(list.Touches(kOld, {5, 6}));
  EXPECT_FALSE(list.Touches(kNew, {3, 4}));
}

}  // namespace
}  // namespace godwit::agent
