// What every Store promises of configurations, over SQLite and the simulated twin: which offer a
// device is made, its outcome, and what is foreign.
#include <gtest/gtest.h>

#include "collector/limits.h"
#include "tests/contract/store_worlds.h"

namespace godwit::collector {
namespace {

constexpr int64_t kNow = 1'000'000'000'000'000;
const RevisionId kRevision(kRevisionIdSize, 'r');
const RevisionId kAnother(kRevisionIdSize, 's');
const RevisionId kUnheardOf(kRevisionIdSize, 'u');

std::string OfferId(char name) {
  return std::string(16, name);
}

template <typename World>
class StoreRevisionContract : public testing::Test {
 protected:
  StoreRevisionContract() {
    for (const char* device : {"dev", "other"}) {
      const SessionOpening opening{
          .device = {.device_id = device, .name = device, .boot_id = BootId(kBootIdSize, 'b')},
          .now_unix_ns = kNow};
      EXPECT_TRUE(store().OpenSession(opening).ok());
    }
  }
  Store& store() { return world_.store(); }
  void Push(char offer, const RevisionId& revision, const std::string& device = "dev") {
    const NewOffer made{.id = OfferId(offer),
                        .device_id = device,
                        .revision = revision,
                        .text = revision.empty() ? "" : "text of " + revision,
                        .issuer = "anna",
                        .message = "why"};
    ASSERT_TRUE(store().Push({made}, kNow).ok());
  }
  // The id of the offer that is made; empty: none.
  std::string OfferFor(const RevisionId& effective) {
    const auto offer = store().OfferFor("dev", effective);
    EXPECT_TRUE(offer.ok()) << offer.status();
    return *offer ? (*offer)->offer.id : "";
  }
  void Report(char offer, OfferState state, const RevisionId& effective,
              const std::string& reason = "") {
    ASSERT_TRUE(store()
                    .ReportRevision({.device_id = "dev",
                                     .effective = effective,
                                     .offer_id = OfferId(offer),
                                     .state = state,
                                     .reason = reason},
                                    kNow + 1)
                    .ok());
  }
  int64_t Key() { return world_.reader().DeviceNames()->front().key; }
  ConfigurationRow Configuration() { return *world_.reader().Configuration(Key()); }

  World world_;
};
TYPED_TEST_SUITE(StoreRevisionContract, StoreWorlds);

TYPED_TEST(StoreRevisionContract, TheNewestOfferIsMadeUntilThereIsANewerOne) {
  EXPECT_EQ(this->OfferFor(""), "");
  this->Push('1', kRevision);
  EXPECT_EQ(this->OfferFor(""), OfferId('1'));
  this->Push('2', kAnother);
  this->Push('3', kRevision, "other");
  EXPECT_EQ(this->OfferFor(""), OfferId('2'));
  this->world_.Reopen();
  EXPECT_EQ(this->OfferFor(kAnother), OfferId('2'));
}

TYPED_TEST(StoreRevisionContract, ATextIsForDevicesThatWereOfferedIt) {
  this->Push('1', kRevision);
  EXPECT_EQ(*this->store().RevisionText("dev", kRevision), "text of " + kRevision);
  EXPECT_TRUE(absl::IsNotFound(this->store().RevisionText("other", kRevision).status()));
  EXPECT_TRUE(absl::IsNotFound(this->store().RevisionText("dev", kAnother).status()));
}

TYPED_TEST(StoreRevisionContract, OffersToSeveralDevicesAreMadeTogetherOrNotAtAll) {
  const std::vector<NewOffer> offers = {
      {.id = OfferId('1'), .device_id = "dev", .revision = kRevision, .text = "x"},
      {.id = OfferId('2'), .device_id = "nobody", .revision = kRevision, .text = "x"}};
  EXPECT_TRUE(absl::IsNotFound(this->store().Push(offers, kNow).status()));
  EXPECT_EQ(this->OfferFor(""), "");
}

TYPED_TEST(StoreRevisionContract, WhatCameOfAnOfferNeverGoesBack) {
  this->Push('1', kRevision);
  EXPECT_EQ(this->Configuration().newest->state, OfferState::kWaiting);
  this->Report('1', OfferState::kApplied, kRevision, "proved");
  this->Report('1', OfferState::kApplying, "", "a call that came late");
  EXPECT_EQ(this->Configuration().newest->state, OfferState::kApplied);
  EXPECT_EQ(this->Configuration().newest->reason, "proved");
  this->Report('1', OfferState::kFailed, "", "crash");
  this->Report('9', OfferState::kFailed, "", "of an offer that nobody made");
  const ConfigurationRow row = this->Configuration();
  EXPECT_EQ(row.newest->state, OfferState::kFailed);
  EXPECT_EQ(row.newest->reason, "crash");
  EXPECT_EQ(row.effective, "");
  EXPECT_EQ(row.newest->offer.issuer, "anna");
}

TYPED_TEST(StoreRevisionContract, AForeignRevisionIsLeftAloneUntilAnOperatorDecides) {
  this->Push('1', kRevision);
  EXPECT_EQ(this->OfferFor(kUnheardOf), "");
  EXPECT_TRUE(this->Configuration().foreign);
  EXPECT_EQ(this->OfferFor(kUnheardOf), "");
  this->world_.Reopen();
  EXPECT_EQ(this->OfferFor(kUnheardOf), "");
  this->Push('2', kAnother);
  EXPECT_EQ(this->OfferFor(kUnheardOf), OfferId('2'));
  EXPECT_EQ(this->OfferFor(kAnother), OfferId('2'));
  EXPECT_FALSE(this->Configuration().foreign);
}

TYPED_TEST(StoreRevisionContract, ARevisionIsFoundByAPrefixThatIsItsAlone) {
  this->Push('1', kRevision);
  this->Push('2', kAnother);
  StoreReader& reader = this->world_.reader();
  EXPECT_EQ(reader.Revision("72")->id, kRevision);
  EXPECT_EQ(reader.Revision("7373")->text, "text of " + kAnother);
  EXPECT_EQ(reader.Revision("7").status().code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::IsNotFound(reader.Revision("8").status()));
  EXPECT_TRUE(absl::IsNotFound(reader.Revision("7%").status()));
  const auto offers = *reader.Offers(this->Key(), 1);
  ASSERT_EQ(offers.size(), 1u);
  EXPECT_EQ(offers[0].offer.id, OfferId('2'));
}

TEST(SqliteRevisionTest, ATextGoesWithTheLastOfferThatNeedsIt) {
  SqliteWorld world;
  ASSERT_TRUE(
      world.store()
          .OpenSession({.device = {.device_id = "dev", .boot_id = BootId(kBootIdSize, 'b')}})
          .ok());
  const auto push = [&](int number, const RevisionId& revision) {
    const NewOffer offer{.id = std::to_string(number),
                         .device_id = "dev",
                         .revision = revision,
                         .text = "text of " + revision};
    ASSERT_TRUE(world.store().Push({offer}, kNow).ok());
  };
  push(0, kRevision);
  for (int i = 1; i < static_cast<int>(kOffersKept); ++i) push(i, kAnother);
  EXPECT_TRUE(world.store().RevisionText("dev", kRevision).ok());
  push(1000, kAnother);
  EXPECT_TRUE(absl::IsNotFound(world.reader().Revision("72").status()));
}

// The rule does not depend on who prunes: an offer holds its text.
TEST(SqliteRevisionTest, AnOfferWithoutATextIsRefused) {
  SqliteWorld world;
  ASSERT_TRUE(
      world.store()
          .OpenSession({.device = {.device_id = "dev", .boot_id = BootId(kBootIdSize, 'b')}})
          .ok());
  const NewOffer offer{.id = OfferId('1'), .device_id = "dev", .revision = kRevision};
  EXPECT_FALSE(world.store().Push({offer}, kNow).ok());
  EXPECT_FALSE(world.store().OfferFor("dev", "")->has_value());
}

}  // namespace
}  // namespace godwit::collector
