// Commands in every Store: which may start, when they expire, how many wait.
#include <gtest/gtest.h>

#include "base/text.h"
#include "collector/limits.h"
#include "tests/contract/store_worlds.h"

namespace godwit::collector {
namespace {

template <typename World>
class StoreCommandContract : public testing::Test {
 protected:
  void Open(const std::string& id = "dev") {
    ASSERT_TRUE(world_.store().OpenSession({.device = {.device_id = id}}).ok());
  }
  int64_t Key() { return world_.reader().DeviceNames()->front().key; }

  World world_;
};
TYPED_TEST_SUITE(StoreCommandContract, StoreWorlds);

NewCommand SomeCommand(char id, int64_t expires = 1000) {
  return {.id = std::string(16, id),
          .device_id = "dev",
          .kind = "read",
          .arguments = {{"sensor", "a/b"}},
          .issuer = "somebody",
          .message = "why",
          .expires_unix_ns = expires};
}

TYPED_TEST(StoreCommandContract, AGoIsGivenToOneStartOfOneAgent) {
  Store& store = this->world_.store();
  EXPECT_TRUE(absl::IsNotFound(store.Issue(SomeCommand('a'), 10).status()));
  this->Open();
  ASSERT_TRUE(store.Issue(SomeCommand('a'), 10).ok());
  ASSERT_EQ(store.OpenCommands("dev", 11)->size(), 1u);
  CommandReport ask{.id = std::string(16, 'a'), .device_id = "dev", .start_id = 1};
  EXPECT_TRUE(store.Report(ask, 12)->go);
  EXPECT_TRUE(store.Report(ask, 13)->go);  // the answer was lost
  CommandReport other = ask;
  other.start_id = 2;
  EXPECT_FALSE(store.Report(other, 14)->go);
  const CommandRow row = *this->world_.reader().Command(ask.id);
  EXPECT_EQ(row.state, CommandState::kOutcomeUnknown);
  EXPECT_EQ(row.started_unix_ns, 12);
  EXPECT_EQ(row.command.arguments, SomeCommand('a').arguments);
  EXPECT_FALSE(store.Report(ask, 15)->go);
  // The agent that was allowed to start it returns after all, and knows the outcome.
  ask.ended = CommandState::kDone;
  ask.output = "it went well";
  ASSERT_TRUE(store.Report(ask, 16).ok());
  other.ended = CommandState::kFailed;
  ASSERT_TRUE(store.Report(other, 17).ok());
  EXPECT_EQ(this->world_.reader().Command(ask.id)->state, CommandState::kDone);
  EXPECT_EQ(this->world_.reader().Command(ask.id)->output, "it went well");
  EXPECT_TRUE(store.OpenCommands("dev", 18)->empty());
}

TYPED_TEST(StoreCommandContract, ACommandStartsBeforeItExpiresOrNever) {
  Store& store = this->world_.store();
  this->Open();
  ASSERT_TRUE(store.Issue(SomeCommand('a', 100), 10).ok());
  ASSERT_TRUE(store.Issue(SomeCommand('b', 200), 20).ok());
  EXPECT_EQ(store.OpenCommands("dev", 99)->size(), 2u);
  ASSERT_EQ(store.OpenCommands("dev", 100)->size(), 1u);
  EXPECT_FALSE(
      store.Report({.id = std::string(16, 'a'), .device_id = "dev", .start_id = 1}, 100)->go);
  EXPECT_EQ(this->world_.reader().Command(std::string(16, 'a'))->state, CommandState::kExpired);
  // One that has started is sent until a device reports how it ended.
  EXPECT_TRUE(
      store.Report({.id = std::string(16, 'b'), .device_id = "dev", .start_id = 1}, 150)->go);
  EXPECT_EQ(store.OpenCommands("dev", 300)->size(), 1u);
  const auto rows = *this->world_.reader().Commands(this->Key(), 10);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].command.id, std::string(16, 'b'));
}

TYPED_TEST(StoreCommandContract, ACommandOfAnotherDeviceIsNotKnown) {
  Store& store = this->world_.store();
  this->Open();
  this->Open("other");
  ASSERT_TRUE(store.Issue(SomeCommand('a'), 10).ok());
  EXPECT_TRUE(absl::IsNotFound(
      store.Report({.id = std::string(16, 'a'), .device_id = "other", .start_id = 1}, 11)
          .status()));
  EXPECT_TRUE(store.OpenCommands("other", 11)->empty());
  EXPECT_TRUE(absl::IsNotFound(this->world_.reader().Command(std::string(16, 'x')).status()));
}

TYPED_TEST(StoreCommandContract, NoMoreThanSoManyCommandsWaitForADevice) {
  Store& store = this->world_.store();
  this->Open();
  NewCommand command = SomeCommand('a');
  for (size_t i = 0; i < kOpenCommandsMax; ++i) {
    command.id = std::string(15, 'a') + static_cast<char>(i);
    ASSERT_TRUE(store.Issue(command, 10).ok()) << i;
  }
  EXPECT_TRUE(absl::IsResourceExhausted(store.Issue(SomeCommand('b'), 10).status()));
  EXPECT_TRUE(store.Issue(SomeCommand('b', 3000), 2000).ok());  // those have expired
}

}  // namespace
}  // namespace godwit::collector
