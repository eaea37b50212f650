// Orders over the in-memory store: what connected devices hear of them, and when.
#include "collector/orders/orders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/limits.h"
#include "tests/sim/memory_store.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::collector {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class HearingDevices final : public ConnectedDevices {
 public:
  void Send(const CommandRow& command) override { sent.push_back(command.command.id); }
  void Offer(const NewOffer& offer) override { offered.push_back(offer.device_id); }
  std::vector<std::string> sent;
  std::vector<std::string> offered;
};

const std::string kId(kOrderIdSize, 'i');
const std::string kOtherId(kOrderIdSize, 'j');

class OrdersTest : public testing::Test {
 protected:
  OrdersTest() {
    for (const char* device : {"one", "two"}) {
      EXPECT_TRUE(store_.OpenSession({.device = {.device_id = device}}).ok());
    }
  }
  template <typename Task>
  void OnExecutor(Task task) {
    executor_.Post(std::move(task));
    scheduler_.RunFor(absl::Seconds(1));
  }
  StatusOr<CommandRow> Issue(NewCommand command, absl::Duration life = absl::Minutes(1)) {
    StatusOr<CommandRow> answer = Error(StatusCode::kUnknown, "no answer");
    command.device_id = "one";
    OnExecutor([&] {
      orders_.Issue(command, life, [&](const StatusOr<CommandRow>& row) { answer = row; });
    });
    return answer;
  }
  Status Push(const RevisionPush& push) {
    Status answer = Error(StatusCode::kUnknown, "no answer");
    OnExecutor([&] { orders_.Push(push, [&](const Status& status) { answer = status; }); });
    return answer;
  }

  sim::SimScheduler scheduler_{1};
  sim::SimClock clock_{scheduler_};
  sim::SimExecutor executor_{scheduler_};
  sim::SimExecutor writer_executor_{scheduler_};
  sim::SimRandom random_{scheduler_};
  sim::MemoryStore store_{"0123456789abcdef"};
  Statistics statistics_;
  Writer writer_{store_, writer_executor_, clock_, statistics_};
  HearingDevices devices_;
  Orders orders_{writer_, devices_, {executor_, random_}};
};

TEST_F(OrdersTest, ACommandWithoutAnIdGetsOneOfItsOwn) {
  const auto first = Issue({.kind = "ping"});
  const auto second = Issue({.kind = "ping"});
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->command.id.size(), kOrderIdSize);
  EXPECT_NE(first->command.id, second->command.id);
  EXPECT_THAT(devices_.sent, ElementsAre(first->command.id, second->command.id));
}

TEST_F(OrdersTest, ACommandThatIsGivenAgainIsSentAgainUntilItHasEnded) {
  ASSERT_TRUE(Issue({.id = kId, .kind = "ping"}).ok());
  ASSERT_TRUE(Issue({.id = kId, .kind = "ping"}).ok());
  EXPECT_THAT(devices_.sent, ElementsAre(kId, kId));
  ASSERT_TRUE(store_.Report({.id = kId, .device_id = "one", .ended = CommandState::kDone}, 1).ok());
  const auto ended = Issue({.id = kId, .kind = "ping"});
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(ended->state, CommandState::kDone);
  EXPECT_EQ(devices_.sent.size(), 2u);
}

TEST_F(OrdersTest, APushThatIsMadeAgainIsOfferedToTheDevicesThatAreNewAlone) {
  ASSERT_TRUE(Push({.id = kId, .device_ids = {"one"}, .text = "a"}).ok());
  ASSERT_TRUE(Push({.id = kOtherId, .device_ids = {"one"}, .text = "b"}).ok());
  EXPECT_THAT(devices_.offered, ElementsAre("one", "one"));
  ASSERT_TRUE(Push({.id = kId, .device_ids = {"one", "two"}, .text = "a"}).ok());
  EXPECT_THAT(devices_.offered, ElementsAre("one", "one", "two"));
}

TEST_F(OrdersTest, TwoPushesWithoutAnIdAreTwo) {
  ASSERT_TRUE(Push({.device_ids = {"one"}, .text = "a"}).ok());
  ASSERT_TRUE(Push({.device_ids = {"one"}, .text = "a"}).ok());
  EXPECT_THAT(devices_.offered, ElementsAre("one", "one"));
}

TEST_F(OrdersTest, WhatIsRefusedReachesNoDevice) {
  EXPECT_TRUE(absl::IsInvalidArgument(Issue({.id = "short", .kind = "ping"}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Issue({.kind = "ping"}, absl::Hours(24 * 31)).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Push({.id = "short", .device_ids = {"one"}})));
  EXPECT_TRUE(absl::IsNotFound(Push({.device_ids = {"one", "nobody"}, .text = "a"})));
  ASSERT_TRUE(Issue({.id = kId, .kind = "ping"}).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Issue({.id = kId, .kind = "restart"}).status()));
  EXPECT_THAT(devices_.sent, ElementsAre(kId));
  EXPECT_THAT(devices_.offered, IsEmpty());
}

TEST_F(OrdersTest, AnOrderWhoseCallerHasGoneBeforeItsTurnIsNotCarriedOut) {
  OnExecutor([&] {
    orders_.Issue(
        {.id = kId, .device_id = "one", .kind = "ping"}, absl::Minutes(1),
        [](const StatusOr<CommandRow>&) {}, [] { return true; });
    orders_.Push(
        {.device_ids = {"one"}, .text = "a"}, [](const Status&) {}, [] { return true; });
  });
  EXPECT_TRUE(absl::IsNotFound(store_.Command(kId).status()));
  EXPECT_THAT(devices_.sent, IsEmpty());
  EXPECT_THAT(devices_.offered, IsEmpty());
}

TEST_F(OrdersTest, AnAcknowledgementSaysOfWhatAndWhy) {
  const auto acknowledge = [&](std::map<std::string, uint64_t> seen, const std::string& why) {
    Status answer = Error(StatusCode::kUnknown, "no answer");
    OnExecutor([&] {
      orders_.Acknowledge({.device_id = "one", .seen = std::move(seen), .message = why},
                          [&](const Status& status) { answer = status; });
    });
    return answer;
  };
  EXPECT_TRUE(absl::IsInvalidArgument(acknowledge({}, "seen")));
  EXPECT_TRUE(absl::IsInvalidArgument(acknowledge({{"cloned", 1}}, "")));
  EXPECT_TRUE(absl::IsInvalidArgument(acknowledge({{"cloned", 0}}, "seen")));
  EXPECT_TRUE(absl::IsInvalidArgument(acknowledge({{"clo\nned", 1}}, "seen")));
  EXPECT_TRUE(absl::IsNotFound(acknowledge({{"cloned", 1}}, "seen")));
}

TEST_F(OrdersTest, AfterTheStopNothingIsTaken) {
  orders_.Stop();
  EXPECT_TRUE(absl::IsUnavailable(Issue({.kind = "ping"}).status()));
  EXPECT_TRUE(absl::IsUnavailable(Push({.device_ids = {"one"}, .text = "a"})));
  EXPECT_THAT(devices_.sent, IsEmpty());
}

}  // namespace
}  // namespace godwit::collector
