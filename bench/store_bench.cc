// A large store, made of valid batches by the collector's own parts, and what it answers:
//   bench_store make FOLDER SAMPLES   40 devices, 500 simulated sensors each, 10 s apart, a batch a
//                                     minute; the same values for each device
//   bench_store merge FOLDER          all that is due
//   bench_store ask HOST:PORT         the time of a few questions to a collector that serves it
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/checksum.h"
#include "bench/data/data_set.h"
#include "cli/client/fleet_client.h"
#include "codec/batch_codec.h"
#include "collector/store/sqlite_reader.h"
#include "collector/store/sqlite_store.h"
#include "collector/store/store_tools.h"
#include "platform/linux/linux_random.h"

namespace godwit::bench {
namespace {

using collector::Delivery;
using collector::IncomingRecord;
using collector::Outcome;

constexpr size_t kDevices = 40;
constexpr size_t kTicksPerBatch = 6;
constexpr size_t kTicksAtOnce = 3000;  // of the simulation
constexpr int64_t kInterval = 10'000'000'000;
constexpr int64_t kBegin = 1'790'000'000'000'000'000 / 3'600'000'000'000 * 3'600'000'000'000;
constexpr size_t kDeliveriesPerCommit = 256;

double Seconds(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::string DeviceId(size_t device) {
  char id[32];
  std::snprintf(id, sizeof(id), "device-%03zu", device);
  return id;
}

uint64_t Used(const std::string& file) {
  const auto reader = *collector::SqliteReader::Open(file);
  const auto statistics = *reader->Statistics();
  return statistics.bytes - statistics.free_bytes;
}

// The set's ticks, but 10 s apart and one behind the other over all parts.
Batch BatchAt(const DataSet& set, size_t first, int64_t begin) {
  Batch batch = set.Slice(first, kTicksPerBatch);
  batch.boot_id = BootId(kBootIdSize, 'b');
  batch.wall_synchronised = true;
  for (Block& block : batch.blocks) {
    block.interval_ns = kInterval;
    for (size_t i = 0; i < block.ticks.size(); ++i) {
      block.ticks[i].time_unix_ns = begin + static_cast<int64_t>(i) * kInterval;
    }
  }
  return batch;
}

int Make(const std::string& folder, uint64_t samples, size_t devices) {
  std::filesystem::create_directories(folder);
  LinuxRandom random;
  auto store = *collector::SqliteStore::Open(collector::StoreFile(folder), random);
  for (size_t device = 0; device < devices; ++device) {
    GODWIT_CHECK(store
                     ->OpenSession({.device = {.device_id = DeviceId(device),
                                               .name = DeviceId(device),
                                               .boot_id = BootId(kBootIdSize, 'b'),
                                               .agent_version = "bench",
                                               .wall_synchronised = true},
                                    .runs = {{.run = device + 1}},
                                    .now_unix_ns = kBegin})
                     .ok());
  }
  const auto begin = std::chrono::steady_clock::now();
  uint64_t made = 0;
  uint64_t batch_bytes = 0;
  Seq seq = 0;
  std::vector<Delivery> deliveries;
  const auto commit = [&] {
    const auto outcomes = store->Commit(deliveries, kBegin);
    GODWIT_CHECK(outcomes.ok());
    for (const Outcome outcome : *outcomes) GODWIT_CHECK(outcome == Outcome::kCommitted);
    deliveries.clear();
  };
  for (uint64_t part = 0; made < samples; ++part) {
    const DataSet set = MakeSensors(part + 1, kTicksAtOnce);
    for (size_t first = 0; first < kTicksAtOnce && made < samples; first += kTicksPerBatch) {
      const int64_t at = kBegin + static_cast<int64_t>(seq * kTicksPerBatch) * kInterval;
      ++seq;
      const Batch batch = BatchAt(set, first, at);
      IncomingRecord record{.name = {0, seq},
                            .batch = *EncodeBatch(batch),
                            .blocks = collector::SpansOf(batch),
                            .clock = {batch.boot_id, 0, true},
                            .first_unix_ns = SpanOf(batch).first_unix_ns,
                            .last_unix_ns = SpanOf(batch).last_unix_ns,
                            .samples = SampleCount(batch)};
      record.checksum = Checksum(record.batch);
      for (size_t device = 0; device < devices; ++device) {
        record.name.run = device + 1;
        Delivery delivery{.device_id = DeviceId(device)};
        for (const DataGroup& group : set.groups) {
          if (first > 0 || part > 0) break;
          delivery.tables.push_back({TableIdOf(group.table), EncodeTable(group.table),
                                     static_cast<uint32_t>(group.table.series.size())});
        }
        delivery.record = record;
        made += record.samples;
        batch_bytes += record.batch.size();
        deliveries.push_back(std::move(delivery));
        if (deliveries.size() == kDeliveriesPerCommit) commit();
      }
    }
  }
  commit();
  store.reset();
  const double seconds = Seconds(begin);
  const auto samples_made = static_cast<double>(made);
  std::printf("made: %.0f M samples, %zu devices x 500 series, %llu batches a device, %.0f s\n",
              samples_made / 1e6, devices, static_cast<unsigned long long>(seq), seconds);
  std::printf("before merging: %.3f B/sample in the store, %.3f of them batches\n",
              static_cast<double>(Used(collector::StoreFile(folder))) / samples_made,
              static_cast<double>(batch_bytes) / samples_made);
  return 0;
}

int Merge(const std::string& folder) {
  const std::string file = collector::StoreFile(folder);
  const auto begin = std::chrono::steady_clock::now();
  const int64_t later = kBegin * 2;
  GODWIT_CHECK(collector::MergeDue(file, later - 1, later).ok());
  const auto reader = *collector::SqliteReader::Open(file);
  const auto samples = static_cast<double>(reader->Statistics()->samples);
  std::printf("merged in %.0f s (%.0f ns a sample)\n", Seconds(begin),
              Seconds(begin) / samples * 1e9);
  std::printf("after merging: %.3f B/sample in the store\n",
              static_cast<double>(Used(file)) / samples);
  return 0;
}

// Asks once; milliseconds, and how many samples or rows came.
struct Asked {
  double milliseconds = 0;
  uint64_t rows = 0;
};

template <typename Question>
Asked Time(const Question& question) {
  Asked asked;
  const auto begin = std::chrono::steady_clock::now();
  const Status status = question(asked.rows);
  asked.milliseconds = Seconds(begin) * 1e3;
  GODWIT_CHECK(status.ok());
  return asked;
}

// WHICH of the questions, so that each can be asked of a store that is cold; all without.
int Ask(const std::string& collector, const std::string& which, int times) {
  auto client = *cli::FleetClient::Connect(collector, false);
  v1::GetDeviceRequest name;
  name.set_device(DeviceId(kDevices / 2));
  const int64_t middle = kBegin + int64_t{2} * 24 * 3600 * 1'000'000'000;
  const auto pages = [](uint64_t& rows) {
    return [&rows](const v1::SamplePage& page) {
      rows += static_cast<uint64_t>(page.samples_size());
      return true;
    };
  };
  const auto query = [&](const char* glob, int64_t seconds, v1::Aggregate aggregate,
                         int64_t step_seconds, uint64_t& rows) {
    v1::QueryRequest request;
    request.set_device(name.device());
    request.set_series_glob(glob);
    request.set_since_unix_ns(middle);
    request.set_until_unix_ns(middle + seconds * 1'000'000'000);
    request.set_aggregate(aggregate);
    request.set_step_ns(step_seconds * 1'000'000'000);
    return client->Query(request, pages(rows));
  };
  struct Named {
    const char* key;
    const char* text;
    std::function<Status(uint64_t&)> question;
  };
  const char* const one = "plant.pressure{index=37}";
  const Named questions[] = {
      {"day", "one series over one day, its samples",
       [&](uint64_t& rows) { return query(one, 24 * 3600, v1::AGGREGATE_UNSPECIFIED, 0, rows); }},
      {"mean", "one series over one day, mean of 5 min",
       [&](uint64_t& rows) { return query(one, 24 * 3600, v1::AGGREGATE_MEAN, 300, rows); }},
      {"hour", "all series over one hour, their samples",
       [&](uint64_t& rows) { return query("", 3600, v1::AGGREGATE_UNSPECIFIED, 0, rows); }},
      {"max", "all series over one hour, max of 1 min",
       [&](uint64_t& rows) { return query("", 3600, v1::AGGREGATE_MAX, 60, rows); }},
      {"devices", "device ls",
       [&](uint64_t& rows) {
         return client->ListDevices([&](const v1::ListDevicesResponse& page) {
           rows += static_cast<uint64_t>(page.devices_size());
           return true;
         });
       }},
      {"latest", "latest of a device", [&](uint64_t& rows) {
         v1::GetLatestRequest request;
         request.set_device(name.device());
         return client->GetLatest(request, pages(rows));
       }}};
  GODWIT_CHECK(client->GetStatus().ok());  // the connection is made
  for (const Named& named : questions) {
    if (!which.empty() && which != named.key) continue;
    std::vector<double> took;
    uint64_t rows = 0;
    for (int i = 0; i < times; ++i) {
      const Asked asked = Time(named.question);
      took.push_back(asked.milliseconds);
      rows = asked.rows;
    }
    std::sort(took.begin(), took.end());
    std::printf("%-42s %8.1f ms  (%llu rows)\n", named.text, took[took.size() / 2],
                static_cast<unsigned long long>(rows));
  }
  return 0;
}

}  // namespace
}  // namespace godwit::bench

int main(int argc, char** argv) {
  const std::string verb = argc > 2 ? argv[1] : "";
  if (verb == "make" && (argc == 4 || argc == 5)) {
    return godwit::bench::Make(
        argv[2], std::strtoull(argv[3], nullptr, 10),
        argc == 5 ? std::strtoull(argv[4], nullptr, 10) : godwit::bench::kDevices);
  }
  if (verb == "merge") return godwit::bench::Merge(argv[2]);
  if (verb == "ask") {
    return godwit::bench::Ask(argv[2], argc > 3 ? argv[3] : "", argc > 4 ? std::atoi(argv[4]) : 1);
  }
  std::fputs(
      "usage: bench_store make FOLDER SAMPLES [DEVICES] | merge FOLDER | ask HOST:PORT [WHICH "
      "[TIMES]]\n",
      stderr);
  return 64;
}
