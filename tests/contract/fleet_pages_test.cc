// Answers for a fleet that outgrow one message, over a real connection.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>

#include "base/text.h"
#include "cli/client/fleet_client.h"
#include "collector/fleet/fleet_service.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/thread_executor.h"
#include "proto/godwit/v1/fleet.grpc.pb.h"
#include "tests/contract/loopback_server.h"
#include "tests/sim/memory_store.h"

namespace godwit::collector {
namespace {

constexpr int kDevices = 4000;
const std::string kLongName(kDeviceNameBytesMax, 'n');

class FleetPagesTest : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < kDevices; ++i) {
      ASSERT_TRUE(store_
                      .OpenSession({.device = {.device_id = Cat("id-", i), .name = kLongName},
                                    .runs = {{.run = 7}}})
                      .ok());
    }
    client_ = *cli::FleetClient::Connect(server_->address(), false);
  }
  void TearDown() override {
    server_.reset();
    lookup_.Stop();
    query_.Stop();
  }

  // Of a push that names every device.
  static v1::PushRevisionRequest Push() {
    v1::PushRevisionRequest request;
    for (int i = 0; i < kDevices; ++i) request.add_devices(Cat("id-", i));
    request.set_text("[batch]\nperiod = \"1m\"\n");
    request.set_issuer("somebody");
    request.set_message(std::string(kCommandTextBytesMax, 'm'));
    return request;
  }

  // As ingest and the writer do.
  void Store(const RevisionPush& push, const std::function<void(Status)>& done) {
    ++pushes_;
    std::vector<NewOffer> offers;
    for (const std::string& id : push.device_ids) {
      offers.push_back({.id = std::string(16, 'o') + id,
                        .device_id = id,
                        .revision = RevisionId(kRevisionIdSize, 'r'),
                        .text = push.text,
                        .issuer = push.issuer,
                        .message = push.message});
    }
    done(store_.Push(offers, 1).status());
  }

  LinuxClock clock_;
  sim::MemoryStore store_{"0123456789abcdef"};
  Statistics statistics_;
  Directory directory_;
  ReadHolds holds_;
  StopNotice stopping_;
  RefusedCallers refused_;
  std::atomic<int> pushes_ = 0;
  ThreadExecutor lookup_{"lookup", clock_};
  ThreadExecutor query_{"query-0", clock_};
  QueryPool pool_{{{query_, store_}}};
  std::unique_ptr<grpc::Service> service_ =
      MakeFleetService({.pool = pool_,
                        .lookup = {lookup_, store_},
                        .directory = directory_,
                        .clock = clock_,
                        .statistics = statistics_,
                        .holds = holds_,
                        .refused = refused_,
                        .push = [this](const RevisionPush& push, const auto& done,
                                       const CallerGone&) { Store(push, done); },
                        .stopping = stopping_});
  std::optional<LoopbackServer> server_{std::in_place, *service_};
  std::unique_ptr<cli::FleetClient> client_;
};

TEST_F(FleetPagesTest, APushToTheWholeFleetIsAnsweredInPages) {
  const auto pushed = client_->PushRevision(Push());
  ASSERT_TRUE(pushed.ok()) << pushed.status();
  EXPECT_EQ(pushed->configurations_size(), kDevices);
  EXPECT_GT(pushed->ByteSizeLong(), size_t{kMessageBytesMax});
  EXPECT_EQ(pushes_, 1);
  const auto listed = client_->ListConfigurations({});
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->configurations_size(), kDevices);
  EXPECT_EQ(listed->configurations(0).offer().state(), "waiting");
}

// As a command line of version 0.1 asks.
TEST_F(FleetPagesTest, AnAnswerThatDoesNotFitAMessageIsRefusedBeforeAnythingIsStored) {
  const auto stub = v1::Fleet::NewStub(
      grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext push;
  v1::PushRevisionResponse pushed;
  const grpc::Status refused = stub->PushRevision(&push, Push(), &pushed);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << refused.error_message();
  EXPECT_NE(refused.error_message().find("do not fit one answer"), std::string::npos)
      << refused.error_message();
  EXPECT_EQ(pushes_, 0);

  ASSERT_TRUE(client_->PushRevision(Push()).ok());
  grpc::ClientContext list;
  v1::ListConfigurationsResponse listed;
  EXPECT_EQ(stub->ListConfigurations(&list, {}, &listed).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  v1::ListConfigurationsRequest one;
  one.set_device("id-17");
  grpc::ClientContext show;
  EXPECT_TRUE(stub->ListConfigurations(&show, one, &listed).ok());
  EXPECT_EQ(listed.configurations(0).device_id(), "id-17");
}

TEST_F(FleetPagesTest, AMistakeInAPushIsSaidAndNothingIsStored) {
  v1::PushRevisionRequest request;
  request.add_devices("nobody");
  EXPECT_TRUE(absl::IsNotFound(client_->PushRevision(request).status()));
  EXPECT_EQ(pushes_, 0);
}

// A collector that does not know pages.
class EarlierFleet final : public v1::Fleet::Service {
 public:
  grpc::Status ListConfigurations(grpc::ServerContext*, const v1::ListConfigurationsRequest*,
                                  v1::ListConfigurationsResponse* response) override {
    response->add_configurations()->set_device_id("old");
    return grpc::Status::OK;
  }
};

TEST(EarlierCollectorTest, IsAskedForOneMessage) {
  EarlierFleet service;
  LoopbackServer server(service);
  const auto client = *cli::FleetClient::Connect(server.address(), false);
  const auto listed = client->ListConfigurations({});
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(listed->configurations(0).device_id(), "old");
}

}  // namespace
}  // namespace godwit::collector
