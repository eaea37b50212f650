// Devices without an agent: uploads batches over the real protocol.
//   load rate HOST:PORT CONNECTIONS BATCHES
//       full batches (60 ticks of 500 simulated sensors), as fast as the verdicts allow; prints how
//       many samples a second were committed
//   load steady HOST:PORT DEVICES BASE_UNIX_S LEDGER [PAUSE_MS]
//       a small batch of a minute's ticks every PAUSE_MS (20) from each device, until SIGTERM;
//       writes down each record that was acknowledged ("device seq"), and comes back when the
//       collector is gone
//   load again HOST:PORT BASE_UNIX_S LEDGER
//       each record of the ledger once more: all must be duplicates
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/mutex.h"
#include "bench/data/data_set.h"
#include "bench/load_device.h"
#include "bench/made_records.h"
#include "codec/batch_codec.h"

namespace godwit::bench {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr uint64_t kStreamRecords = 64;

std::atomic<bool> stopped = false;

std::string DeviceId(size_t number) {
  return "load-" + std::to_string(number);
}

EncodedTables TablesOf(const DataSet& set) {
  std::vector<Table> tables;
  for (const DataGroup& group : set.groups) tables.push_back(group.table);
  return EncodedOf(tables);
}

int Rate(const std::string& collector, size_t connections, size_t batches) {
  constexpr size_t kTicks = 60;
  const DataSet set = MakeSensors(1, kTicks * batches);
  const auto tables = TablesOf(set);
  std::vector<std::string> encoded;
  uint64_t samples = 0;
  uint64_t bytes = 0;
  for (size_t i = 0; i < batches; ++i) {
    Batch batch = set.Slice(i * kTicks, kTicks);
    batch.boot_id = BootId(kBootIdSize, 'b');
    batch.wall_synchronised = true;
    samples += SampleCount(batch);
    encoded.push_back(*EncodeBatch(batch));
    bytes += encoded.back().size();
  }
  std::vector<std::unique_ptr<LoadDevice>> devices;
  for (size_t i = 0; i < connections; ++i) {
    devices.push_back(std::make_unique<LoadDevice>(collector, DeviceId(i), i + 1));
    GODWIT_CHECK(devices.back()->Open(tables, 0));
  }
  std::atomic<uint64_t> committed = 0;
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (const auto& device : devices) {
    threads.emplace_back([&encoded, &committed, &device = *device] {
      std::vector<std::pair<Seq, const std::string*>> stream;
      for (size_t i = 0; i < encoded.size(); ++i) {
        stream.emplace_back(i + 1, &encoded[i]);
        if (stream.size() < kStreamRecords && i + 1 < encoded.size()) continue;
        for (const auto& [seq, verdict] : device.Upload(stream)) {
          committed += verdict == v1::VERDICT_COMMITTED;
        }
        stream.clear();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  GODWIT_CHECK(committed == batches * connections);
  const double all = static_cast<double>(samples) * static_cast<double>(connections);
  std::printf(
      "%.2f M samples/s committed: %.0f M samples in %llu records, %.1f s, %.3f B/sample "
      "on the wire, %zu connections\n",
      all / seconds / 1e6, all / 1e6, static_cast<unsigned long long>(committed.load()), seconds,
      static_cast<double>(bytes) / static_cast<double>(samples), connections);
  return 0;
}

// Two counters over a minute: the values are the numbers of their ticks.
struct Minutes {
  int64_t base_unix_s = 0;
  Table table{
      .series = {{.name = "load.tick", .kind = Kind::kCounter, .attributes = {{"n", "0"}}},
                 {.name = "load.tick", .kind = Kind::kCounter, .attributes = {{"n", "1"}}}}};

  std::string At(Seq seq) const {
    const int64_t first = static_cast<int64_t>(seq - 1) * 60;
    Block block = EvenBlock(TableIdOf(table), 2, kSecond, (base_unix_s + first) * kSecond, 60);
    for (int64_t tick = first; tick < first + 60; ++tick) {
      block.columns[0].Append(tick);
      block.columns[1].Append(2 * tick);
    }
    return BatchOf(std::move(block));
  }
  EncodedTables tables() const { return EncodedOf({table}); }
};

void KeepUploading(const std::string& collector, size_t number, const Minutes& minutes,
                   std::chrono::milliseconds pause, std::ofstream& ledger, Mutex& mutex) {
  LoadDevice device(collector, DeviceId(number), number + 1);
  Seq acknowledged = 0;  // up to here all are
  Seq last = 0;
  bool open = false;
  while (!stopped) {
    std::this_thread::sleep_for(pause);
    ++last;
    if (!open) open = device.Open(minutes.tables(), last);
    if (!open) continue;
    std::vector<std::string> batches;
    std::vector<std::pair<Seq, const std::string*>> stream;
    const Seq end = std::min<Seq>(last, acknowledged + kStreamRecords);
    for (Seq seq = acknowledged + 1; seq <= end; ++seq) batches.push_back(minutes.At(seq));
    for (size_t i = 0; i < batches.size(); ++i) {
      stream.emplace_back(acknowledged + 1 + i, &batches[i]);
    }
    const auto verdicts = device.Upload(stream);
    open = !verdicts.empty();
    const MutexLock lock(mutex);
    for (const auto& [seq, verdict] : verdicts) {
      if (verdict != v1::VERDICT_COMMITTED && verdict != v1::VERDICT_DUPLICATE) break;
      ledger << DeviceId(number) << " " << seq << "\n" << std::flush;
      acknowledged = seq;
    }
  }
}

int Steady(const std::string& collector, size_t devices, int64_t base, const char* path,
           std::chrono::milliseconds pause) {
  std::signal(SIGTERM, [](int) { stopped = true; });
  std::ofstream ledger(path, std::ios::app);
  Mutex mutex;
  const Minutes minutes{.base_unix_s = base};
  std::vector<std::thread> threads;
  for (size_t i = 0; i < devices; ++i) {
    threads.emplace_back([&, i] { KeepUploading(collector, i, minutes, pause, ledger, mutex); });
  }
  for (std::thread& thread : threads) thread.join();
  return 0;
}

int Again(const std::string& collector, int64_t base, const char* path) {
  const Minutes minutes{.base_unix_s = base};
  std::map<std::string, std::vector<Seq>> names;
  std::ifstream ledger(path);
  std::string id;
  Seq seq = 0;
  while (ledger >> id >> seq) names[id].push_back(seq);
  uint64_t others = 0;
  uint64_t sent = 0;
  for (const auto& [device_id, seqs] : names) {
    const auto number = std::strtoull(device_id.c_str() + 5, nullptr, 10);
    LoadDevice device(collector, device_id, number + 1);
    GODWIT_CHECK(device.Open(minutes.tables(), 0));
    for (size_t first = 0; first < seqs.size(); first += kStreamRecords) {
      std::vector<std::string> batches;
      std::vector<std::pair<Seq, const std::string*>> stream;
      const size_t end = std::min(first + kStreamRecords, seqs.size());
      for (size_t i = first; i < end; ++i) batches.push_back(minutes.At(seqs[i]));
      for (size_t i = first; i < end; ++i) stream.emplace_back(seqs[i], &batches[i - first]);
      const auto verdicts = device.Upload(stream);
      sent += stream.size();
      for (const auto& [each, batch] : stream) {
        const auto verdict = verdicts.find(each);
        if (verdict == verdicts.end() || verdict->second != v1::VERDICT_DUPLICATE) ++others;
      }
    }
  }
  std::printf("%llu records sent again, %llu of them no duplicates\n",
              static_cast<unsigned long long>(sent), static_cast<unsigned long long>(others));
  return others == 0 ? 0 : 1;
}

}  // namespace
}  // namespace godwit::bench

int main(int argc, char** argv) {
  using namespace godwit::bench;
  const std::string verb = argc > 2 ? argv[1] : "";
  const auto number = [&](int i) { return std::strtoull(argv[i], nullptr, 10); };
  if (verb == "rate" && argc == 5) return Rate(argv[2], number(3), number(4));
  if (verb == "steady" && (argc == 6 || argc == 7)) {
    return Steady(argv[2], number(3), static_cast<int64_t>(number(4)), argv[5],
                  std::chrono::milliseconds(argc == 7 ? number(6) : 20));
  }
  if (verb == "again" && argc == 5) {
    return Again(argv[2], static_cast<int64_t>(number(3)), argv[4]);
  }
  std::fputs(
      "usage: load rate HOST:PORT CONNECTIONS BATCHES\n"
      "       load steady HOST:PORT DEVICES BASE_UNIX_S LEDGER [PAUSE_MS]\n"
      "       load again HOST:PORT BASE_UNIX_S LEDGER\n",
      stderr);
  return 64;
}
