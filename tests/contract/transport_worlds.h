// The worlds a Transport is held to its promises in: gRPC on loopback (real server, real sockets,
// real threads) and the simulated network. The collector behind both is the real Ingest over the
// in-memory store.
#pragma once

#include <grpcpp/impl/service_type.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/uplink/grpc/grpc_transport.h"
#include "base/check.h"
#include "collector/ingest/device_service.h"
#include "collector/ingest/ingest.h"
#include "collector/orders/orders.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_random.h"
#include "platform/linux/thread_executor.h"
#include "platform/uv/uv_loop.h"
#include "tests/contract/loopback_server.h"
#include "tests/sim/memory_store.h"
#include "tests/sim/sim_network.h"

namespace godwit {

using agent::CallResult;

inline constexpr char kDevice[] = "dev";

class GrpcWorld {
 public:
  GrpcWorld() {
    transport_ = std::make_unique<agent::GrpcTransport>(
        agent::ChannelOptions{.endpoint = server_->address()}, loop_, clock_);
  }
  ~GrpcWorld() {
    transport_.reset();
    CollectorDown();
    ingest_executor_.Stop();
    writer_executor_.Stop();
  }
  agent::Transport& transport() { return *transport_; }
  Executor& loop() { return loop_; }
  void CollectorDown() { server_.reset(); }
  void OnIngest(std::function<void(collector::Ingest&)> task) {
    ingest_executor_.Post([this, task = std::move(task)] { task(ingest_); });
  }
  // Of kind ping, for kDevice.
  void Issue(const std::string& issuer) {
    ingest_executor_.Post([this, issuer] {
      orders_.Issue({.device_id = kDevice, .kind = "ping", .issuer = issuer}, absl::Minutes(5),
                    [](const StatusOr<collector::CommandRow>&) {});
    });
  }
  void Push(const std::string& text) {
    ingest_executor_.Post([this, text] {
      orders_.Push({.device_ids = {kDevice}, .text = text}, [](const Status&) {});
    });
  }
  // Runs the loop until `done`; it is asked after every task of the test's.
  void RunUntil(const std::function<bool()>& done) {
    std::function<void()> poll = [&] {
      if (done()) return loop_.Stop();
      timer_ = loop_.PostAfter(absl::Milliseconds(2), poll);
    };
    UvLoop* loop = &loop_;
    loop->Post([&poll] { poll(); });
    loop->Run();
    timer_.reset();
  }

 private:
  LinuxClock clock_;
  LinuxRandom random_;
  sim::MemoryStore store_{"0123456789abcdef"};
  ThreadExecutor writer_executor_{"writer", clock_};
  ThreadExecutor ingest_executor_{"ingest", clock_};
  collector::Statistics statistics_;
  collector::Writer writer_{store_, writer_executor_, clock_, statistics_};
  collector::Ingest ingest_{
      writer_, store_.store_id(), statistics_, {clock_, ingest_executor_, random_}};
  collector::Orders orders_{writer_, ingest_, {ingest_executor_, random_}};
  std::unique_ptr<grpc::Service> service_ = collector::MakeDeviceService(ingest_, ingest_executor_);
  std::unique_ptr<LoopbackServer> server_ = std::make_unique<LoopbackServer>(*service_);
  UvLoop loop_;
  std::unique_ptr<agent::Transport> transport_;
  std::unique_ptr<Timer> timer_;
};

class SimulatedWorld {
 public:
  SimulatedWorld() { network_.CollectorUp(ingest_, ingest_executor_); }
  ~SimulatedWorld() { CollectorDown(); }
  agent::Transport& transport() { return *transport_; }
  Executor& loop() { return loop_; }
  void CollectorDown() { network_.CollectorDown(); }
  void OnIngest(std::function<void(collector::Ingest&)> task) {
    ingest_executor_.Post([this, task = std::move(task)] { task(ingest_); });
  }
  // Of kind ping, for kDevice.
  void Issue(const std::string& issuer) {
    ingest_executor_.Post([this, issuer] {
      orders_.Issue({.device_id = kDevice, .kind = "ping", .issuer = issuer}, absl::Minutes(5),
                    [](const StatusOr<collector::CommandRow>&) {});
    });
  }
  void Push(const std::string& text) {
    ingest_executor_.Post([this, text] {
      orders_.Push({.device_ids = {kDevice}, .text = text}, [](const Status&) {});
    });
  }
  void RunUntil(const std::function<bool()>& done) {
    ASSERT_TRUE(scheduler_.RunUntil(done, absl::Hours(1)));
  }

 private:
  sim::SimScheduler scheduler_{1};
  sim::SimClock clock_{scheduler_};
  sim::SimRandom random_{scheduler_};
  sim::MemoryStore store_{"0123456789abcdef"};
  sim::SimExecutor loop_{scheduler_};
  sim::SimExecutor writer_executor_{scheduler_};
  sim::SimExecutor ingest_executor_{scheduler_};
  collector::Statistics statistics_;
  collector::Writer writer_{store_, writer_executor_, clock_, statistics_};
  collector::Ingest ingest_{
      writer_, store_.store_id(), statistics_, {clock_, ingest_executor_, random_}};
  collector::Orders orders_{writer_, ingest_, {ingest_executor_, random_}};
  sim::SimNetwork network_{scheduler_};
  std::unique_ptr<agent::Transport> transport_ = network_.NewTransport(loop_);
};

template <typename World>
class TransportTest : public testing::Test {
 protected:
  // The token, or the failure.
  StatusOr<std::string> OpenSession() {
    std::optional<StatusOr<std::string>> token;
    v1::OpenSessionRequest request;
    request.set_device_id(kDevice);
    request.set_boot_id(BootId(kBootIdSize, 'b'));
    std::unique_ptr<agent::PendingCall> call;
    world_.loop().Post([&] {
      call = world_.transport().OpenSession(
          request, absl::Seconds(5),
          [&](const CallResult& result, const v1::OpenSessionResponse& response) {
            if (result.status.ok()) {
              token = response.session_token();
            } else {
              token = result.status;
            }
          });
    });
    world_.RunUntil([&] { return token.has_value(); });
    return *token;
  }

  World world_;
};

using TransportWorlds = testing::Types<GrpcWorld, SimulatedWorld>;

}  // namespace godwit
