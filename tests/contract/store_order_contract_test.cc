// Orders by their ids: the same one given again changes nothing, in both stores.
#include <gtest/gtest.h>

#include "tests/contract/store_worlds.h"

namespace godwit::collector {
namespace {

constexpr int64_t kNow = 10;

template <typename World>
class StoreOrderContract : public testing::Test {
 protected:
  StoreOrderContract() {
    for (const char* device : {"dev", "other"}) {
      EXPECT_TRUE(store().OpenSession({.device = {.device_id = device, .name = device}}).ok());
    }
  }
  Store& store() { return world_.store(); }
  StoreReader& reader() { return world_.reader(); }
  int64_t Key() { return reader().DeviceNames()->front().key; }
  size_t Changes() { return reader().Audit(LabelReader::kEveryDevice, 100)->size(); }

  World world_;
};
TYPED_TEST_SUITE(StoreOrderContract, StoreWorlds);

NewCommand Ping(const std::string& device = "dev", int64_t expires = 1000) {
  return {.id = std::string(16, 'a'),
          .device_id = device,
          .kind = "ping",
          .arguments = {{"number", "1"}},
          .issuer = "anna",
          .expires_unix_ns = expires};
}

NewOffer OfferOf(char id, const std::string& text, const std::string& device = "dev") {
  return {.id = std::string(16, id),
          .device_id = device,
          .revision = RevisionId(kRevisionIdSize, text.front()),
          .text = text};
}

TYPED_TEST(StoreOrderContract, ACommandThatIsGivenAgainIsTheSameOne) {
  ASSERT_TRUE(this->store().Issue(Ping(), kNow).ok());
  const auto again = this->store().Issue(Ping("dev", 2000), kNow + 5);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->issued_unix_ns, kNow);
  EXPECT_EQ(again->command.expires_unix_ns, 1000);
  EXPECT_EQ(this->reader().Commands(this->Key(), 10)->size(), 1u);
  EXPECT_EQ(this->Changes(), 1u);
}

TYPED_TEST(StoreOrderContract, ACommandThatIsGivenAgainAfterItsEndStaysEnded) {
  ASSERT_TRUE(this->store().Issue(Ping(), kNow).ok());
  ASSERT_TRUE(this->store()
                  .Report({.id = Ping().id,
                           .device_id = "dev",
                           .start_id = 1,
                           .ended = CommandState::kFailed,
                           .output = "no"},
                          kNow + 1)
                  .ok());
  const auto again = this->store().Issue(Ping(), kNow + 5);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->state, CommandState::kFailed);
  EXPECT_EQ(again->output, "no");
  EXPECT_TRUE(this->store().OpenCommands("dev", kNow + 6)->empty());
}

TYPED_TEST(StoreOrderContract, AnotherCommandWithTheSameIdIsRefused) {
  ASSERT_TRUE(this->store().Issue(Ping(), kNow).ok());
  NewCommand other = Ping();
  other.kind = "restart";
  EXPECT_TRUE(absl::IsAlreadyExists(this->store().Issue(other, kNow).status()));
  other = Ping();
  other.arguments["number"] = "2";
  EXPECT_TRUE(absl::IsAlreadyExists(this->store().Issue(other, kNow).status()));
  EXPECT_TRUE(absl::IsAlreadyExists(this->store().Issue(Ping("other"), kNow).status()));
  EXPECT_EQ(this->Changes(), 1u);
}

TYPED_TEST(StoreOrderContract, APushThatIsMadeAgainMakesOnlyTheOffersThatAreNew) {
  EXPECT_EQ(*this->store().Push({OfferOf('1', "text")}, kNow), std::vector<size_t>{0});
  ASSERT_TRUE(this->store().Push({OfferOf('2', "later")}, kNow + 1).ok());
  const auto again =
      this->store().Push({OfferOf('1', "text"), OfferOf('3', "text", "other")}, kNow + 2);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, std::vector<size_t>{1});
  EXPECT_EQ(this->reader().Offers(this->Key(), 10)->size(), 2u);
  EXPECT_EQ(this->reader().Configuration(this->Key())->newest->offer.id, std::string(16, '2'));
  EXPECT_EQ(this->Changes(), 3u);
}

TYPED_TEST(StoreOrderContract, AnotherPushWithTheSameIdIsRefusedAsAWhole) {
  ASSERT_TRUE(this->store().Push({OfferOf('1', "text")}, kNow).ok());
  const auto other =
      this->store().Push({OfferOf('2', "new", "other"), OfferOf('1', "changed")}, kNow);
  EXPECT_TRUE(absl::IsAlreadyExists(other.status())) << other.status();
  EXPECT_TRUE(
      absl::IsAlreadyExists(this->store().Push({OfferOf('1', "text", "other")}, kNow).status()));
  EXPECT_EQ(this->Changes(), 1u);
  EXPECT_FALSE(this->reader().Revision("6e").ok()) << "the text of a push that was refused";
}

}  // namespace
}  // namespace godwit::collector
