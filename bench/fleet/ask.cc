// What operators of a fleet wait for, asked of a collector with devices of fleet_load:
//   fleet_ask OPERATORS_HOST:PORT list
//   fleet_ask OPERATORS_HOST:PORT latest NUMBER TIMES      the newest values of one device
//   fleet_ask OPERATORS_HOST:PORT command NUMBER TIMES     a command to one device, and its result
//   fleet_ask OPERATORS_HOST:PORT push FIRST COUNT         a configuration to COUNT devices
//   fleet_ask OPERATORS_HOST:PORT check LEDGER SAMPLES     whether each device of the ledger has
//       exactly its records, of SAMPLES samples each; ends with 1 if not
// Prints one line of JSON.
#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "bench/fleet/device_id.h"
#include "cli/client/fleet_client.h"
#include "collector/limits.h"

namespace godwit::bench {
namespace {

constexpr auto kCommandPause = std::chrono::milliseconds(2);

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void PrintTimes(std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  const size_t last = seconds.size() - 1;
  std::printf("{\"median_ms\":%.2f,\"p99_ms\":%.2f,\"worst_ms\":%.2f}\n",
              seconds[seconds.size() / 2] * 1e3, seconds[last * 99 / 100] * 1e3,
              seconds[last] * 1e3);
}

int List(cli::FleetClient& client) {
  const double begin = Now();
  double first = 0;
  uint64_t devices = 0;
  uint64_t connected = 0;
  size_t bytes = 0;
  const Status status = client.ListDevices([&](const v1::ListDevicesResponse& page) {
    if (first == 0) first = Now() - begin;
    for (const v1::DeviceSummary& device : page.devices()) connected += device.connected();
    devices += static_cast<uint64_t>(page.devices_size());
    bytes += page.ByteSizeLong();
    return true;
  });
  GODWIT_CHECK(status.ok());
  std::printf("{\"first_ms\":%.2f,\"whole_ms\":%.2f,\"devices\":%" PRIu64 ",\"connected\":%" PRIu64
              ",\"bytes\":%zu}\n",
              first * 1e3, (Now() - begin) * 1e3, devices, connected, bytes);
  return 0;
}

int Latest(cli::FleetClient& client, uint64_t number, uint64_t times) {
  std::vector<double> seconds;
  v1::GetLatestRequest request;
  request.set_device(DeviceId(number));
  for (uint64_t i = 0; i < times; ++i) {
    const double begin = Now();
    const Status status = client.GetLatest(request, [](const v1::SamplePage&) { return true; });
    GODWIT_CHECK(status.ok());
    seconds.push_back(Now() - begin);
  }
  PrintTimes(std::move(seconds));
  return 0;
}

// By the collector's clock, from the order's commit to the result's.
int Command(cli::FleetClient& client, uint64_t number, uint64_t times) {
  std::vector<double> seconds;
  for (uint64_t i = 0; i < times; ++i) {
    v1::SendCommandRequest request;
    request.set_device(DeviceId(number));
    request.set_kind("ping");
    const auto sent = client.SendCommand(request);
    GODWIT_CHECK(sent.ok());
    v1::GetCommandRequest which;
    which.set_command_id(sent->command().command_id());
    StatusOr<v1::GetCommandResponse> command;
    do {
      std::this_thread::sleep_for(kCommandPause);
      command = client.GetCommand(which);
      GODWIT_CHECK(command.ok());
    } while (command->command().ended_unix_ns() == 0);
    GODWIT_CHECK(command->command().state() == "done");
    const int64_t took = command->command().ended_unix_ns() - command->command().issued_unix_ns();
    seconds.push_back(static_cast<double>(took) / 1e9);
  }
  PrintTimes(std::move(seconds));
  return 0;
}

int Push(cli::FleetClient& client, uint64_t first, uint64_t count) {
  const double begin = Now();
  // Another text each time: each device fetches it.
  const std::string text = Cat("# ", static_cast<uint64_t>(begin), "\n[batch]\nperiod = \"1m\"\n");
  for (uint64_t at = first; at < first + count; at += collector::kDevicesPerPush) {
    v1::PushRevisionRequest request;
    const uint64_t end = std::min<uint64_t>(first + count, at + collector::kDevicesPerPush);
    for (uint64_t number = at; number < end; ++number) request.add_devices(DeviceId(number));
    request.set_text(text);
    request.set_issuer("bench");
    const auto answer = client.PushRevision(request);
    GODWIT_CHECK(answer.ok());
    GODWIT_CHECK(answer->configurations_size() == request.devices_size());
  }
  std::printf("{\"begin\":%.3f,\"answered_s\":%.3f}\n", begin, Now() - begin);
  return 0;
}

int Check(cli::FleetClient& client, const char* path, uint64_t samples) {
  std::map<std::string, uint64_t> expected;
  std::ifstream ledger(path);
  std::string id;
  uint64_t records = 0;
  while (ledger >> id >> records) expected[id] = records;
  uint64_t stored = 0;
  uint64_t lost = 0;
  uint64_t twice = 0;
  uint64_t duplicates = 0;  // sent twice, stored once
  const Status status = client.ListDevices([&](const v1::ListDevicesResponse& page) {
    for (const v1::DeviceSummary& device : page.devices()) {
      const auto found = expected.find(device.device_id());
      if (found == expected.end()) continue;
      const uint64_t want = found->second;
      stored += device.records();
      duplicates += device.duplicates();
      lost += want > device.records() ? want - device.records() : 0;
      twice += device.records() > want ? device.records() - want : 0;
      // As many records, and other samples or a gap: something is wrong with one at least.
      if (device.records() == want && device.samples() != want * samples) ++twice;
      lost += device.gap_records();
      expected.erase(found);
    }
    return true;
  });
  GODWIT_CHECK(status.ok());
  for (const auto& [missing, want] : expected) lost += want;
  std::printf("{\"stored\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"twice\":%" PRIu64
              ",\"sent_again\":%" PRIu64 "}\n",
              stored, lost, twice, duplicates);
  return lost + twice == 0 ? 0 : 1;
}

}  // namespace
}  // namespace godwit::bench

int main(int argc, char** argv) {
  using namespace godwit::bench;
  const std::string verb = argc > 2 ? argv[2] : "";
  const auto number = [&](int i) { return std::strtoull(argv[i], nullptr, 10); };
  if (argc > 2) {
    const auto client = godwit::cli::FleetClient::Connect(argv[1], false);
    GODWIT_CHECK(client.ok() && (*client)->GetStatus().ok());  // the connection is made
    if (verb == "list" && argc == 3) return List(**client);
    if (verb == "latest" && argc == 5) return Latest(**client, number(3), number(4));
    if (verb == "command" && argc == 5) return Command(**client, number(3), number(4));
    if (verb == "push" && argc == 5) return Push(**client, number(3), number(4));
    if (verb == "check" && argc == 5) return Check(**client, argv[3], number(4));
  }
  std::fputs(
      "usage: fleet_ask OPERATORS_HOST:PORT list|latest NUMBER TIMES|command NUMBER TIMES|\n"
      "                 push FIRST COUNT|check LEDGER SAMPLES\n",
      stderr);
  return 64;
}
