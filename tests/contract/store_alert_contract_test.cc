// What every Store promises of alerts that operators acknowledge, over SQLite and the simulated
// twin.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/contract/store_worlds.h"

namespace godwit::collector {
namespace {

using testing::ElementsAre;

constexpr int64_t kNow = 1'000'000'000'000'000;

template <typename World>
class StoreAlertContract : public testing::Test {
 protected:
  StoreAlertContract() {
    const SessionOpening opening{
        .device = {.device_id = "dev", .boot_id = BootId(kBootIdSize, 'b')}, .now_unix_ns = kNow};
    EXPECT_TRUE(store().OpenSession(opening).ok());
    Commit(1);
  }
  Store& store() { return world_.store(); }
  Outcome Commit(uint64_t checksum) {
    const IncomingRecord record{.name = {7, 1}, .checksum = checksum, .batch = "x"};
    return store().Commit({{.device_id = "dev", .record = record}}, kNow)->front();
  }
  void RaiseConflict() { EXPECT_EQ(Commit(2), Outcome::kConflict); }
  void RaiseRejected() {
    ++rejected_;
    const QuarantinedRecords copies{.run = 9, .seqs = {rejected_, rejected_}};
    EXPECT_TRUE(store().Commit({{.device_id = "dev", .quarantined = {copies}}}, kNow).ok());
  }
  Status Acknowledge(std::map<std::string, uint64_t> seen, int64_t now_unix_ns = kNow + 1) {
    return store().Acknowledge({.device_id = "dev",
                                .seen = std::move(seen),
                                .issuer = "anna",
                                .message = "two readers of one card"},
                               now_unix_ns);
  }
  AlertRow Alert(const std::string& kind) {
    const auto rows = world_.reader().Devices();
    for (const AlertRow& alert : rows->front().alerts) {
      if (alert.kind == kind) return alert;
    }
    return {};
  }
  std::vector<std::string> Audit() {
    std::vector<std::string> out;
    const auto rows = world_.reader().Audit(StoreReader::kEveryDevice, 100);
    for (const AuditRow& row : *rows) {
      out.push_back(Cat(row.issuer, " ", row.what, ": ", row.detail, ": ", row.message));
    }
    return out;
  }

  World world_;
  Seq rejected_ = 0;
};
TYPED_TEST_SUITE(StoreAlertContract, StoreWorlds);

TYPED_TEST(StoreAlertContract, AnAcknowledgedAlertIsNotOpenAndKeepsWhoAndWhyAcrossARestart) {
  this->RaiseConflict();
  EXPECT_TRUE(this->Alert("conflict").IsOpen());
  ASSERT_TRUE(this->Acknowledge({{"conflict", 1}}).ok());
  this->world_.Reopen();
  const AlertRow alert = this->Alert("conflict");
  EXPECT_FALSE(alert.IsOpen());
  EXPECT_EQ(alert.count, 1u);
  EXPECT_EQ(alert.acknowledged, 1u);
  EXPECT_EQ(alert.acknowledged_by, "anna");
  EXPECT_EQ(alert.acknowledged_why, "two readers of one card");
  EXPECT_EQ(alert.acknowledged_unix_ns, kNow + 1);
  EXPECT_THAT(this->Audit(), ElementsAre("anna alerts: conflict (1): two readers of one card"));
}

TYPED_TEST(StoreAlertContract, OneMoreOpensItAgain) {
  this->RaiseConflict();
  ASSERT_TRUE(this->Acknowledge({{"conflict", 1}}).ok());
  this->RaiseConflict();
  EXPECT_TRUE(this->Alert("conflict").IsOpen());
  EXPECT_EQ(this->Alert("conflict").acknowledged_by, "anna");
  ASSERT_TRUE(this->Acknowledge({{"conflict", 2}}).ok());
  EXPECT_FALSE(this->Alert("conflict").IsOpen());
}

TYPED_TEST(StoreAlertContract, WhatWasRaisedAfterItWasSeenStaysOpen) {
  this->RaiseConflict();
  this->RaiseConflict();
  ASSERT_TRUE(this->Acknowledge({{"conflict", 1}}).ok());
  EXPECT_TRUE(this->Alert("conflict").IsOpen());
  EXPECT_EQ(this->Alert("conflict").acknowledged, 1u);
}

TYPED_TEST(StoreAlertContract, MoreThanThereAreAreNoneOfTheFuture) {
  this->RaiseConflict();
  ASSERT_TRUE(this->Acknowledge({{"conflict", 1000}}).ok());
  this->RaiseConflict();
  EXPECT_TRUE(this->Alert("conflict").IsOpen());
}

TYPED_TEST(StoreAlertContract, TheSameAcknowledgementAgainChangesNothingAndIsNotNoted) {
  this->RaiseConflict();
  ASSERT_TRUE(this->Acknowledge({{"conflict", 1}}).ok());
  ASSERT_TRUE(this->Acknowledge({{"conflict", 1}}, kNow + 2).ok());
  EXPECT_EQ(this->Alert("conflict").acknowledged_unix_ns, kNow + 1);
  EXPECT_EQ(this->Audit().size(), 1u);
}

TYPED_TEST(StoreAlertContract, AKindThatIsNotThereChangesNothingOfTheOthers) {
  this->RaiseConflict();
  this->RaiseRejected();
  EXPECT_TRUE(absl::IsNotFound(this->Acknowledge({{"conflict", 1}, {"no such", 1}})));
  EXPECT_TRUE(this->Alert("conflict").IsOpen());
  EXPECT_TRUE(this->Audit().empty());
  ASSERT_TRUE(this->Acknowledge({{"conflict", 1}, {"rejected", 1}}).ok());
  EXPECT_THAT(this->Audit(), ElementsAre("anna alerts: conflict (1), rejected (1): two readers of"
                                         " one card"));
}

TYPED_TEST(StoreAlertContract, OfADeviceNobodyKnowsNothingIsNoted) {
  EXPECT_TRUE(absl::IsNotFound(
      this->store().Acknowledge({.device_id = "nobody", .seen = {{"conflict", 1}}}, kNow)));
  EXPECT_TRUE(this->Audit().empty());
}

}  // namespace
}  // namespace godwit::collector
