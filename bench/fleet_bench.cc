// What operators of a large fleet wait for:
//   bench_fleet DEVICES_HOST:PORT OPERATORS_HOST:PORT COUNT
// opens sessions of COUNT devices that a collector does not know yet, then lists them, offers each
// of them a configuration, lists the configurations, and shows one device. Prints seconds and the
// bytes of the answers; ends with a failed check when an answer is not complete.
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "cli/client/fleet_client.h"
#include "codec/batch.h"
#include "proto/godwit/v1/device.grpc.pb.h"

namespace godwit::bench {
namespace {

constexpr size_t kConnections = 32;
constexpr char kConfiguration[] = "[batch]\nperiod = \"5m\"\n";

struct Answer {
  size_t rows = 0;
  size_t bytes = 0;
};

std::string DeviceId(size_t number) {
  return Cat("fleet-", number);
}

void Measure(const std::string& what, size_t rows_expected, const std::function<Answer()>& ask) {
  const auto begin = std::chrono::steady_clock::now();
  const Answer answer = ask();
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("%-28s %8.3f s  %6zu rows  %8zu bytes\n", what.c_str(), seconds, answer.rows,
              answer.bytes);
  std::fflush(stdout);
  GODWIT_CHECK(answer.rows == rows_expected);
}

// About as an agent says it: its labels, its settings, its sensors.
v1::OpenSessionRequest RequestOf(size_t number) {
  v1::OpenSessionRequest request;
  request.set_device_id(DeviceId(number));
  request.set_device_name(Cat("pump-", number));
  request.set_agent_version("0.1.0");
  request.set_boot_id(BootId(kBootIdSize, 'b'));
  request.set_wall_synchronised(true);
  v1::HeldRun& run = *request.add_runs();
  run.set_run_id(number + 1);
  run.set_last_seq(0);
  v1::Label& label = *request.add_labels();
  label.set_key("site");
  label.set_value(Cat("plant-", number % 40));
  v1::DeviceReport& report = *request.mutable_report();
  report.set_spool_bytes(1 << 20);
  report.set_spool_bytes_max(64 << 20);
  report.set_disk("ok");
  report.set_wall_source("kernel");
  for (int i = 0; i < 20; ++i) {
    v1::Setting& setting = *report.add_settings();
    setting.set_name(Cat("section.setting-", i));
    setting.set_value("a value");
  }
  for (int i = 0; i < 6; ++i) {
    v1::SensorState& sensor = *report.mutable_sensors()->add_sensors();
    sensor.set_name(Cat("pattern/sensor-", i));
    sensor.set_state("good");
  }
  return request;
}

Answer OpenSessions(const std::string& collector, size_t count) {
  std::atomic<size_t> opened = 0;
  std::atomic<size_t> bytes = 0;
  std::vector<std::thread> threads;
  for (size_t first = 0; first < kConnections; ++first) {
    threads.emplace_back([&, first] {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
      const auto stub = v1::Device::NewStub(
          grpc::CreateCustomChannel(collector, grpc::InsecureChannelCredentials(), arguments));
      for (size_t number = first; number < count; number += kConnections) {
        grpc::ClientContext context;
        v1::OpenSessionResponse response;
        const grpc::Status status = stub->OpenSession(&context, RequestOf(number), &response);
        if (!status.ok()) std::fprintf(stderr, "%s\n", status.error_message().c_str());
        opened += status.ok() && !response.session_token().empty();
        bytes += response.ByteSizeLong();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return {opened, bytes};
}

Answer List(cli::FleetClient& client) {
  Answer answer;
  std::set<std::string> ids;
  const Status status = client.ListDevices([&](const v1::ListDevicesResponse& page) {
    for (const v1::DeviceSummary& device : page.devices()) ids.insert(device.device_id());
    answer.bytes += page.ByteSizeLong();
    return true;
  });
  GODWIT_CHECK(status.ok());
  answer.rows = ids.size();
  return answer;
}

// The client joins the pages.
template <typename Response>
Answer Configurations(const StatusOr<Response>& response) {
  GODWIT_CHECK(response.ok());
  std::set<std::string> ids;
  for (const auto& configuration : response->configurations()) {
    GODWIT_CHECK(configuration.offer().state() == "waiting");
    ids.insert(configuration.device_id());
  }
  return {ids.size(), response->ByteSizeLong()};
}

Answer Push(cli::FleetClient& client, size_t count) {
  v1::PushRevisionRequest request;
  for (size_t i = 0; i < count; ++i) request.add_devices(DeviceId(i));
  request.set_text(kConfiguration);
  request.set_issuer("bench");
  return Configurations(client.PushRevision(request));
}

Answer Show(cli::FleetClient& client, const std::string& id) {
  v1::GetDeviceRequest request;
  request.set_device(id);
  const auto device = client.GetDevice(request);
  GODWIT_CHECK(device.ok());
  return {1, device->ByteSizeLong()};
}

int Run(const std::string& devices, const std::string& operators, size_t count) {
  Measure("OpenSession of each device", count, [&] { return OpenSessions(devices, count); });
  auto connected = cli::FleetClient::Connect(operators, false);
  GODWIT_CHECK(connected.ok());
  cli::FleetClient& client = **connected;
  Measure("device ls, the first time", count, [&] { return List(client); });
  Measure("device ls, again", count, [&] { return List(client); });
  Measure("config push to all", count, [&] { return Push(client, count); });
  Measure("config ls", count, [&] { return Configurations(client.ListConfigurations({})); });
  Measure("device ls, after the push", count, [&] { return List(client); });
  Measure("device show", 1, [&] { return Show(client, DeviceId(count / 2)); });
  return 0;
}

}  // namespace
}  // namespace godwit::bench

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: bench_fleet DEVICES_HOST:PORT OPERATORS_HOST:PORT COUNT\n", stderr);
    return 64;
  }
  return godwit::bench::Run(argv[1], argv[2], std::strtoull(argv[3], nullptr, 10));
}
