// A fleet as a collector's disk feels it: many devices, each with one small record at its moment of
// the minute.
//   bench_writes send HOST:PORT DEVICES RATE SECONDS [random]
//       opens a session of each device, has each send a record, then RATE records a second in all
//       for SECONDS: each device at the moment that an agent of that id would choose, or at a
//       random one. Prints "begin", and at the end how many records were committed, their bytes,
//       and how long their verdicts took. 0 seconds: only the first record of each
//   bench_writes make FOLDER DEVICES MINUTES
//       a store of as many records of each device, the newest two hours old, in the order in which
//       they would have come
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/checksum.h"
#include "base/mutex.h"
#include "base/text.h"
#include "bench/fleet_record.h"
#include "codec/batch_codec.h"
#include "collector/store/sqlite_store.h"
#include "platform/linux/linux_random.h"
#include "proto/godwit/v1/device.grpc.pb.h"

namespace godwit::bench {
namespace {

using std::chrono::steady_clock;

constexpr size_t kConnections = 32;
constexpr size_t kThreads = 256;  // each waits for one verdict
constexpr int64_t kMinute = 60'000'000'000;

std::string DeviceId(size_t number) {
  return Cat("fleet-", number);
}

int64_t NowUnixNs() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

struct Sender {
  std::string id;
  RunId run = 0;
  double moment = 0;
  std::string token;
  bool knows_tables = false;
  Seq seq = 0;
};

v1::DeviceReport ReportOf(uint64_t seq) {
  v1::DeviceReport report;
  report.set_spool_bytes((1 << 20) + 900 * seq);
  report.set_spool_bytes_max(64 << 20);
  report.set_spool_bytes_per_day(1'300'000);
  report.set_disk("ok");
  return report;
}

v1::DeviceReport FirstReport() {
  v1::DeviceReport report = ReportOf(0);
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
  return report;
}

class Fleet {
 public:
  Fleet(const std::string& collector, size_t devices, double rate, bool random) : rate_(rate) {
    for (size_t i = 0; i < kConnections; ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
      stubs_.push_back(v1::Device::NewStub(
          grpc::CreateCustomChannel(collector, grpc::InsecureChannelCredentials(), arguments)));
    }
    std::mt19937_64 moments(1);
    for (size_t i = 0; i < devices; ++i) {
      // Behind all that another start of this program may have sent.
      senders_.push_back(
          {.id = DeviceId(i), .run = i + 1, .seq = static_cast<Seq>(NowUnixNs() / 1'000'000'000)});
      senders_.back().moment =
          random ? static_cast<double>(moments() >> 11) * 0x1p-53 : SealingMoment(DeviceId(i));
    }
  }

  void Run(double seconds) {
    InParallel(senders_.size(), [this](size_t i) { Open(senders_[i]); });
    std::sort(senders_.begin(), senders_.end(),
              [](const Sender& a, const Sender& b) { return a.moment < b.moment; });
    InParallel(senders_.size(), [this](size_t i) { Send(senders_[i]); });
    if (seconds <= 0) return;
    std::this_thread::sleep_for(std::chrono::seconds(2));
    Measure(seconds);
  }

 private:
  // Each of [0, count) on one of the threads, in this order.
  template <typename Work>
  void InParallel(size_t count, const Work& work) {
    std::atomic<size_t> next = 0;
    std::vector<std::thread> threads;
    for (size_t i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (size_t each = next++; each < count; each = next++) work(each);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  void Measure(double seconds) {
    records_ = bytes_ = 0;
    std::puts("begin");
    std::fflush(stdout);
    const double period = static_cast<double>(senders_.size()) / rate_;
    const auto begin = steady_clock::now();
    InParallel(static_cast<size_t>(seconds * rate_), [&](size_t i) {
      Sender& sender = senders_[i % senders_.size()];
      const double round = static_cast<double>(i / senders_.size());
      const std::chrono::duration<double> due((round + sender.moment) * period);
      const auto at = begin + std::chrono::duration_cast<steady_clock::duration>(due);
      std::this_thread::sleep_until(at);
      Send(sender);
      const double took = std::chrono::duration<double>(steady_clock::now() - at).count();
      const MutexLock lock(mutex_);
      seconds_.push_back(took);
    });
    const MutexLock lock(mutex_);
    std::sort(seconds_.begin(), seconds_.end());
    const double all = std::chrono::duration<double>(steady_clock::now() - begin).count();
    std::printf("records %llu bytes %llu seconds %.1f verdict_median_s %.3f verdict_p99_s %.3f\n",
                static_cast<unsigned long long>(records_.load()),
                static_cast<unsigned long long>(bytes_.load()), all, seconds_[seconds_.size() / 2],
                seconds_[seconds_.size() * 99 / 100]);
    std::fflush(stdout);
  }

  v1::Device::Stub& StubOf(const Sender& sender) { return *stubs_[sender.run % kConnections]; }

  void Open(Sender& sender) {
    v1::OpenSessionRequest request;
    request.set_device_id(sender.id);
    request.set_device_name(sender.id);
    request.set_agent_version("bench");
    request.set_boot_id(BootId(kBootIdSize, 'b'));
    request.set_wall_synchronised(true);
    request.add_runs()->set_run_id(sender.run);
    *request.mutable_report() = FirstReport();
    for (const auto& [table, encoded] : tables_) request.add_table_ids(table);
    v1::OpenSessionResponse response;
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    GODWIT_CHECK(StubOf(sender).OpenSession(&context, request, &response).ok());
    sender.token = response.session_token();
  }

  void Send(Sender& sender) {
    const Batch content = FleetBatch(sender.run * 1'000'003 + ++sender.seq, NowUnixNs());
    const std::string batch = *EncodeBatch(content);
    grpc::ClientContext context;
    v1::UploadMetricsResponse response;
    const auto writer = StubOf(sender).UploadMetrics(&context, &response);
    v1::UploadMetricsRequest message;
    message.mutable_start()->set_session_token(sender.token);
    *message.mutable_start()->mutable_report() = ReportOf(sender.seq);
    bool ok = writer->Write(message);
    message.Clear();
    if (!std::exchange(sender.knows_tables, true)) {
      for (const auto& [table, encoded] : tables_) {
        v1::Table& sent = *message.add_tables();
        sent.set_table_id(table);
        sent.set_encoded(encoded);
      }
    }
    v1::Record& record = *message.mutable_record();
    record.set_run_id(sender.run);
    record.set_seq(sender.seq);
    record.set_checksum(Checksum(batch));
    record.set_batch(batch);
    ok = ok && writer->Write(message);
    writer->WritesDone();
    GODWIT_CHECK(writer->Finish().ok() && ok);
    GODWIT_CHECK(response.verdicts_size() == 1 &&
                 response.verdicts(0).verdict() == v1::VERDICT_COMMITTED);
    ++records_;
    bytes_ += batch.size();
  }

  const double rate_;
  const std::vector<std::pair<TableId, std::string>> tables_ = FleetTables();
  std::vector<std::unique_ptr<v1::Device::Stub>> stubs_;
  std::vector<Sender> senders_;
  std::atomic<uint64_t> records_ = 0;
  std::atomic<uint64_t> bytes_ = 0;
  Mutex mutex_;
  std::vector<double> seconds_ ABSL_GUARDED_BY(mutex_);
};

collector::Delivery DeliveryOf(size_t device, Seq seq, int64_t end_unix_ns) {
  const Batch batch = FleetBatch(device * 1'000'003 + seq, end_unix_ns);
  collector::Delivery delivery{.device_id = DeviceId(device)};
  if (seq == 1) {
    for (size_t i = 0; i < batch.blocks.size(); ++i) {
      static const auto tables = FleetTables();
      delivery.tables.push_back({tables[i].first, tables[i].second,
                                 static_cast<uint32_t>(batch.blocks[i].columns.size())});
    }
  }
  delivery.record = collector::IncomingRecord{.name = {device + 1, seq},
                                              .batch = *EncodeBatch(batch),
                                              .blocks = collector::SpansOf(batch),
                                              .clock = {batch.boot_id, 0, true},
                                              .first_unix_ns = SpanOf(batch).first_unix_ns,
                                              .last_unix_ns = SpanOf(batch).last_unix_ns,
                                              .samples = SampleCount(batch)};
  delivery.record->checksum = Checksum(delivery.record->batch);
  return delivery;
}

int Make(const std::string& folder, size_t devices, int64_t minutes) {
  constexpr size_t kDeliveriesPerCommit = 100;
  std::filesystem::create_directories(folder);
  LinuxRandom random;
  const auto store = *collector::SqliteStore::Open(collector::StoreFile(folder), random);
  std::vector<size_t> order(devices);
  for (size_t i = 0; i < devices; ++i) {
    order[i] = i;
    GODWIT_CHECK(store
                     ->OpenSession({.device = {.device_id = DeviceId(i),
                                               .name = DeviceId(i),
                                               .boot_id = BootId(kBootIdSize, 'b'),
                                               .wall_synchronised = true},
                                    .runs = {{.run = i + 1}},
                                    .now_unix_ns = NowUnixNs()})
                     .ok());
  }
  std::sort(order.begin(), order.end(), [](size_t a, size_t b) {
    return SealingMoment(DeviceId(a)) < SealingMoment(DeviceId(b));
  });
  const int64_t begin = NowUnixNs() - (minutes + 120) * kMinute;
  std::vector<collector::Delivery> deliveries;
  for (int64_t minute = 0; minute < minutes; ++minute) {
    for (const size_t device : order) {
      const int64_t end = begin + minute * kMinute +
                          static_cast<int64_t>(SealingMoment(DeviceId(device)) * kMinute);
      deliveries.push_back(DeliveryOf(device, static_cast<Seq>(minute + 1), end));
      if (deliveries.size() < kDeliveriesPerCommit && device != order.back()) continue;
      GODWIT_CHECK(store->Commit(deliveries, NowUnixNs()).ok());
      deliveries.clear();
    }
  }
  return 0;
}

}  // namespace
}  // namespace godwit::bench

int main(int argc, char** argv) {
  using namespace godwit::bench;
  const std::string verb = argc > 1 ? argv[1] : "";
  if (verb == "send" && (argc == 6 || argc == 7)) {
    Fleet fleet(argv[2], std::strtoull(argv[3], nullptr, 10), std::strtod(argv[4], nullptr),
                argc == 7);
    fleet.Run(std::strtod(argv[5], nullptr));
    return 0;
  }
  if (verb == "make" && argc == 5) {
    return Make(argv[2], std::strtoull(argv[3], nullptr, 10), std::strtoll(argv[4], nullptr, 10));
  }
  std::fputs(
      "usage: bench_writes send HOST:PORT DEVICES RATE SECONDS [random]\n"
      "       bench_writes make FOLDER DEVICES MINUTES\n",
      stderr);
  return 64;
}
