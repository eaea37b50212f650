// The command line's orders to a collector whose answers are lost.
#include "cli/order_giver.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "proto/godwit/v1/fleet.grpc.pb.h"
#include "tests/contract/loopback_server.h"

namespace godwit::cli {
namespace {

// Takes each order, and loses so many of its answers.
class ForgetfulFleet final : public v1::Fleet::Service {
 public:
  bool knows_ids = true;
  int to_lose = 1;
  int given = 0;
  std::set<std::string> ids;

  grpc::Status GetStatus(grpc::ServerContext*, const v1::GetStatusRequest*,
                         v1::GetStatusResponse* response) override {
    response->set_knows_order_ids(knows_ids);
    return grpc::Status::OK;
  }
  grpc::Status SendCommand(grpc::ServerContext*, const v1::SendCommandRequest* request,
                           v1::SendCommandResponse* response) override {
    response->mutable_command()->set_command_id(request->command_id());
    return Take(request->command_id());
  }
  grpc::Status PushRevisionInPages(grpc::ServerContext*, const v1::PushRevisionRequest* request,
                                   grpc::ServerWriter<v1::PushRevisionResponse>* pages) override {
    v1::PushRevisionResponse page;
    page.add_configurations();
    pages->Write(page);
    return Take(request->push_id());
  }

 private:
  grpc::Status Take(const std::string& id) {
    ++given;
    ids.insert(id);
    if (to_lose == 0) return grpc::Status::OK;
    --to_lose;
    return {grpc::StatusCode::UNAVAILABLE, "Socket closed"};
  }
};

class OrderGiverTest : public testing::Test {
 protected:
  ForgetfulFleet fleet_;
  LoopbackServer server_{fleet_};
  std::unique_ptr<FleetClient> client_ = *FleetClient::Connect(server_.address(), false);
};

TEST_F(OrderGiverTest, ACommandWhoseAnswerWasLostIsGivenAgainWithTheSameId) {
  const auto sent = GiveCommand(*client_, {});
  ASSERT_TRUE(sent.ok()) << sent.status();
  EXPECT_EQ(fleet_.given, 2);
  ASSERT_EQ(fleet_.ids.size(), 1u);
  EXPECT_EQ(sent->command().command_id(), *fleet_.ids.begin());
  EXPECT_EQ(fleet_.ids.begin()->size(), 16u);
}

TEST_F(OrderGiverTest, APushWhoseAnswerWasLostIsMadeAgainWithTheSameId) {
  const auto pushed = GivePush(*client_, {});
  ASSERT_TRUE(pushed.ok()) << pushed.status();
  EXPECT_EQ(pushed->configurations_size(), 1);
  EXPECT_EQ(fleet_.given, 2);
  EXPECT_EQ(fleet_.ids.size(), 1u);
}

TEST_F(OrderGiverTest, TwoCommandsHaveTwoIds) {
  fleet_.to_lose = 0;
  EXPECT_TRUE(GiveCommand(*client_, {}).ok());
  EXPECT_TRUE(GiveCommand(*client_, {}).ok());
  EXPECT_EQ(fleet_.ids.size(), 2u);
}

// It would take the second for another command.
TEST_F(OrderGiverTest, ACollectorThatKnowsNoIdsIsNotGivenTheOrderAgain) {
  fleet_.knows_ids = false;
  const auto sent = GiveCommand(*client_, {});
  EXPECT_TRUE(absl::IsUnavailable(sent.status())) << sent.status();
  EXPECT_NE(Message(sent.status()).find("it is not known whether the order was given"),
            std::string::npos)
      << sent.status();
  EXPECT_EQ(fleet_.given, 1);
}

TEST(OrderGiverWithoutCollectorTest, NobodyIsSaidToHaveTheOrder) {
  const auto client = *FleetClient::Connect("127.0.0.1:1", false);
  const auto sent = GiveCommand(*client, {});
  EXPECT_TRUE(absl::IsUnavailable(sent.status())) << sent.status();
  EXPECT_EQ(Message(sent.status()).find("not known"), std::string::npos) << sent.status();
}

}  // namespace
}  // namespace godwit::cli
