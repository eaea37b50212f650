// Thousands of devices in one process, each with a connection of its own:
//   fleet_load ADDRESSES FIRST COUNT PERIOD_S LEDGER [CA CERTIFICATE KEY]
// ADDRESSES is "ipv4:port,ipv4:port,…", taken in turns. The devices FIRST to FIRST + COUNT - 1 are
// made; then it prints a line of JSON, and reads a line. They connect within a sixth of PERIOD_S,
// and each uploads a record every PERIOD_S. Each 250 ms a line reports their state (tally.h). At
// SIGTERM they stop sampling; when every record is settled, or after 60 s, it writes LEDGER ("id
// records" of each device) and ends, with 1 if records are left.
// With a CA it is mutual TLS; all devices show the same certificate.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "bench/fleet/device.h"
#include "platform/linux/host.h"
#include "platform/linux/linux_random.h"

namespace godwit::bench {
namespace {

constexpr int kConnectPart = 6;  // of a period
constexpr absl::Duration kPrintPeriod = absl::Milliseconds(250);
constexpr absl::Duration kDrain = absl::Seconds(60);

volatile std::sig_atomic_t stopped = 0;

std::string Read(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> Split(const std::string& list) {
  std::istringstream in(list);
  std::vector<std::string> parts;
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

class Fleet {
 public:
  explicit Fleet(absl::Duration period)
      : records_(absl::ToUnixSeconds(absl::Now())), period_(period) {}

  void Add(uint64_t number, const std::string& endpoint,
           const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
    devices_.push_back(std::make_unique<Device>(number, endpoint, credentials,
                                                Device::Dependencies{.loop = loop_,
                                                                     .random = random_,
                                                                     .tally = tally_,
                                                                     .records = records_,
                                                                     .sampling = sampling_,
                                                                     .period = period_}));
  }

  void Start() {
    for (const auto& device : devices_) device->Start(period_ / kConnectPart);
  }

  void PrintState() { Print(State(), tally_); }

  FleetState State() const {
    FleetState state{.now = Loop::Now()};
    for (const auto& device : devices_) {
      state.open += device->has_session();
      state.back += device->has_session() && device->settled() == device->made();
      state.made += device->made();
      state.settled += device->settled();
    }
    return state;
  }

  // Whether every record is settled.
  bool RunUntilStopped() {
    while (!stopped) Step();
    sampling_ = false;
    const double end = Loop::Now() + absl::ToDoubleSeconds(kDrain);
    while (State().settled < State().made && Loop::Now() < end) Step();
    return State().settled == State().made;
  }

  void WriteLedger(const char* path) const {
    std::ofstream ledger(path);
    for (const auto& device : devices_) ledger << device->id() << " " << device->made() << "\n";
  }

 private:
  void Step() {
    loop_.RunFor(kPrintPeriod);
    PrintState();
  }

  Loop loop_;
  LinuxRandom random_;
  Tally tally_;
  const Records records_;
  const absl::Duration period_;
  bool sampling_ = true;
  std::vector<std::unique_ptr<Device>> devices_;
};

int Run(int argc, char** argv) {
  const std::vector<std::string> addresses = Split(argv[1]);
  const uint64_t first = std::strtoull(argv[2], nullptr, 10);
  const uint64_t count = std::strtoull(argv[3], nullptr, 10);
  RaiseFileLimit();
  SkipLockOrderSearch();
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (argc == 9) {
    grpc::SslCredentialsOptions files;
    files.pem_root_certs = Read(argv[6]);
    files.pem_private_key = Read(argv[8]);
    files.pem_cert_chain = Read(argv[7]);
    credentials = grpc::SslCredentials(files);
  }
  std::signal(SIGTERM, [](int) { stopped = 1; });
  // The process ends by _Exit: of calls that are under way nobody waits for the end.
  auto* const fleet = new Fleet(absl::Seconds(std::atof(argv[4])));
  for (uint64_t number = first; number < first + count; ++number) {
    fleet->Add(number, addresses[number % addresses.size()], credentials);
  }
  fleet->PrintState();
  std::getchar();
  fleet->Start();
  const bool all_settled = fleet->RunUntilStopped();
  fleet->WriteLedger(argv[5]);
  std::fflush(stdout);
  std::_Exit(all_settled ? 0 : 1);
}

}  // namespace
}  // namespace godwit::bench

int main(int argc, char** argv) {
  if (argc == 6 || argc == 9) return godwit::bench::Run(argc, argv);
  std::fputs("usage: fleet_load ADDRESSES FIRST COUNT PERIOD_S LEDGER [CA CERTIFICATE KEY]\n",
             stderr);
  return 64;
}
