// The quota of gRPC's memory is a last resort: a fleet of idle devices is far from it. Scaled down,
// over TLS, each device with a command stream that waits, as agents have it.
#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "agent/uplink/grpc/channel.h"
#include "base/text.h"
#include "collector/ingest/ingest_limits.h"
#include "collector/ingest/listener.h"
#include "proto/godwit/v1/device.grpc.pb.h"
#include "tests/unit/pem_texts.h"

namespace godwit {
namespace {

constexpr size_t kFleet = 10'000;

// Takes sessions, and keeps command streams open until their devices leave.
class WaitingService final : public v1::Device::CallbackService {
 public:
  grpc::ServerUnaryReactor* OpenSession(grpc::CallbackServerContext* context,
                                        const v1::OpenSessionRequest*,
                                        v1::OpenSessionResponse*) override {
    auto* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::ServerWriteReactor<v1::ReceiveCommandsResponse>* ReceiveCommands(
      grpc::CallbackServerContext*, const v1::ReceiveCommandsRequest*) override {
    class Waiting final : public grpc::ServerWriteReactor<v1::ReceiveCommandsResponse> {
      void OnCancel() override { Finish(grpc::Status::CANCELLED); }
      void OnDone() override { delete this; }
    };
    return new Waiting;
  }
};

class Server {
 public:
  explicit Server(size_t memory) {
    grpc::SslServerCredentialsOptions tls;
    tls.pem_key_cert_pairs.push_back({kKeyOne, kCertificateOne});
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(tls), &port);
    builder.RegisterService(&service_);
    collector::ConfigureServer(builder);
    builder.SetResourceQuota(grpc::ResourceQuota("test").Resize(memory));
    server_ = builder.BuildAndStart();
    address_ = Cat("127.0.0.1:", port);
  }
  ~Server() { server_->Shutdown(std::chrono::system_clock::now()); }
  const std::string& address() const { return address_; }

 private:
  WaitingService service_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

class IdleDevice {
 public:
  explicit IdleDevice(const std::string& address) {
    // The certificate of the test may have expired.
    grpc::experimental::TlsChannelCredentialsOptions tls;
    tls.set_verify_server_certs(false);
    tls.set_check_call_host(false);
    tls.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
    grpc::ChannelArguments arguments;
    agent::ConfigureChannel({.endpoint = address}, arguments);
    stub_ = v1::Device::NewStub(
        grpc::CreateCustomChannel(address, grpc::experimental::TlsCredentials(tls), arguments));
  }
  ~IdleDevice() {
    if (commands_ == nullptr) return;
    commands_->context.TryCancel();
    commands_->ended.wait(false);
  }

  bool OpenSession() {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    v1::OpenSessionResponse response;
    return stub_->OpenSession(&context, {}, &response).ok();
  }
  void ReceiveCommands() {
    commands_ = std::make_unique<Commands>();
    stub_->async()->ReceiveCommands(&commands_->context, &commands_->request, commands_.get());
    commands_->StartRead(&commands_->response);
    commands_->StartCall();
  }
  bool is_connected() const { return commands_ != nullptr && !commands_->ended; }

 private:
  struct Commands final : grpc::ClientReadReactor<v1::ReceiveCommandsResponse> {
    void OnDone(const grpc::Status&) override {
      ended = true;
      ended.notify_all();
    }
    grpc::ClientContext context;
    v1::ReceiveCommandsRequest request;
    v1::ReceiveCommandsResponse response;
    std::atomic<bool> ended = false;
  };

  std::unique_ptr<v1::Device::Stub> stub_;
  std::unique_ptr<Commands> commands_;
};

// How many of a fleet's idle devices keep their stream and get their calls answered, with their
// share of so much memory for the fleet.
size_t Served(size_t devices, size_t memory_of_fleet) {
  Server server(memory_of_fleet / kFleet * devices);
  std::vector<std::unique_ptr<IdleDevice>> fleet;
  for (size_t i = 0; i < devices; ++i) {
    fleet.push_back(std::make_unique<IdleDevice>(server.address()));
    if (fleet.back()->OpenSession()) fleet.back()->ReceiveCommands();
  }
  std::this_thread::sleep_for(std::chrono::seconds(1));
  size_t served = 0;
  for (const auto& device : fleet) {
    served += device->is_connected() && device->OpenSession() && device->is_connected();
  }
  return served;
}

TEST(IdleFleetTest, TenThousandIdleDevicesNeedHalfOfTheQuotaAtMost) {
  constexpr size_t kDevices = 100;
  EXPECT_EQ(Served(kDevices, collector::kTransportBytesMax / 2), kDevices);
}

TEST(IdleFleetTest, AQuotaThatIsTooSmallForThemSendsDevicesAway) {
  constexpr size_t kDevices = 30;
  EXPECT_LT(Served(kDevices, collector::kTransportBytesMax / 64), kDevices);
}

}  // namespace
}  // namespace godwit
