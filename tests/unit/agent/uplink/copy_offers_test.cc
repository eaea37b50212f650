// Which copies a collector is offered, and in which order.
#include "agent/uplink/copy_offers.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace godwit::agent {
namespace {

std::vector<RecordName> Names(Seq first, size_t count) {
  std::vector<RecordName> names;
  for (size_t i = 0; i < count; ++i) names.push_back({7, first + i});
  return names;
}

std::vector<RecordName> TakeAll(CopyOffers& offers) {
  std::vector<RecordName> names;
  while (const auto name = offers.Take()) names.push_back(*name);
  return names;
}

TEST(CopyOffersTest, CopiesOfRecordsThatAreGoneComeFirst) {
  CopyOffers offers;
  offers.List({.rejected_and_held = Names(1, 2), .rejected_and_gone = Names(5, 2)});
  offers.Begin();
  EXPECT_EQ(TakeAll(offers), (std::vector<RecordName>{{7, 5}, {7, 6}, {7, 1}, {7, 2}}));
}

TEST(CopyOffersTest, OfCopiesWhoseRecordsAreHeldItListsWhatOpenSessionReports) {
  CopyOffers offers;
  offers.List({.rejected_and_held = Names(1, kReportedQuarantinedMax + 1)});
  offers.Begin();
  EXPECT_EQ(TakeAll(offers), Names(1, kReportedQuarantinedMax));
}

TEST(CopyOffersTest, ARefusedCopyIsNotOfferedAgainUntilTheAnswersAreForgotten) {
  const SpoolInventory inventory{.rejected_and_gone = Names(1, 3)};
  CopyOffers offers;
  offers.NoteRefused({7, 2});
  offers.List(inventory);
  offers.Begin();
  EXPECT_EQ(TakeAll(offers), (std::vector<RecordName>{{7, 1}, {7, 3}}));
  offers.ForgetAnswers();
  offers.List(inventory);
  offers.Begin();
  EXPECT_EQ(TakeAll(offers), Names(1, 3));
}

TEST(CopyOffersTest, ARefusalIsForgottenWithItsCopy) {
  CopyOffers offers;
  offers.NoteRefused({7, 1});
  offers.List({});
  offers.List({.rejected_and_gone = Names(1, 1)});
  offers.Begin();
  EXPECT_EQ(TakeAll(offers), Names(1, 1));
}

TEST(CopyOffersTest, UnreadCopiesWaitUntilTheyAreRetried) {
  CopyOffers offers;
  offers.List({.rejected_and_gone = Names(1, 1), .rejected_and_unread = Names(2, 1)});
  offers.Begin();
  offers.NoteUnread({7, 3});
  EXPECT_TRUE(offers.has_unread());
  EXPECT_EQ(TakeAll(offers), Names(1, 1));
  offers.RetryUnread();
  EXPECT_FALSE(offers.has_unread());
  EXPECT_EQ(TakeAll(offers), Names(2, 2));
}

TEST(CopyOffersTest, ACopyThatIsPutBackIsTheNext) {
  CopyOffers offers;
  offers.List({.rejected_and_gone = Names(1, 2)});
  offers.Begin();
  offers.PutBack(*offers.Take());
  EXPECT_EQ(TakeAll(offers), Names(1, 2));
}

TEST(CopyOffersTest, ACopyCountsAsOfferedForOneSession) {
  CopyOffers offers;
  offers.NoteOffered({7, 1});
  EXPECT_TRUE(offers.IsOffered({7, 1}));
  EXPECT_FALSE(offers.IsOffered({7, 2}));
  offers.Begin();
  EXPECT_FALSE(offers.IsOffered({7, 1}));
}

}  // namespace
}  // namespace godwit::agent
