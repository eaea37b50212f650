// Devices that take what they can get, and one that behaves, for tests of a real collector.
//   attack records HOST:PORT STREAMS RECORDS
//       as many devices, each a stream of large records (some 430 kB), again until all of them are
//       acknowledged
//   attack tables HOST:PORT STREAMS TABLES SECONDS
//       streams of one device, each with as many large tables and never a record
//   attack decode HOST:PORT STREAMS SECONDS
//       as many devices that send records of a few bytes and a million values
//   attack good HOST:PORT SECONDS
//       one device with a small record twice a second; prints the longest time to a verdict
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "bench/load_device.h"
#include "bench/made_records.h"
#include "codec/batch_codec.h"
#include "codec/limits.h"

namespace godwit::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Time = std::chrono::steady_clock::time_point;

Time Now() {
  return std::chrono::steady_clock::now();
}

Table TableOf(size_t series) {
  Table table;
  for (size_t i = 0; i < series; ++i) table.series.push_back({.name = Cat("attack.", i)});
  return table;
}

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kFirst = 1'790'000'000 * kSecond;

// Every value is 1.
std::string EvenBatch(size_t ticks, size_t columns) {
  Block block = EvenBlock(TableIdOf(TableOf(columns)), columns, kSecond, kFirst, ticks);
  for (Column& column : block.columns) {
    for (size_t tick = 0; tick < ticks; ++tick) column.Append(1.0);
  }
  return BatchOf(std::move(block));
}

// As many values as a batch may have, all of them equal.
constexpr size_t kExpensiveColumns = kBatchValuesMax / kBlockTicksMax - kTickColumns;
std::string ExpensiveBatch() {
  return EvenBatch(kBlockTicksMax, kExpensiveColumns);
}

void ForEach(size_t threads, const std::function<void(size_t number)>& run) {
  std::vector<std::thread> running;
  for (size_t i = 0; i < threads; ++i) running.emplace_back(run, i);
  for (std::thread& thread : running) thread.join();
}

// One stream of `records` records, again until all are acknowledged; how many streams it took.
size_t SendAll(LoadDevice& device, const EncodedTables& tables, const std::string& batch,
               size_t records) {
  std::vector<std::pair<Seq, const std::string*>> left;
  for (Seq seq = 1; seq <= records; ++seq) left.emplace_back(seq, &batch);
  size_t streams = 0;
  while (!left.empty()) {
    if (streams++ > 0) std::this_thread::sleep_for(milliseconds(200));
    if (!device.Open(tables, records)) continue;
    const auto verdicts = device.Upload(left);
    std::erase_if(left, [&](const auto& record) {
      const auto found = verdicts.find(record.first);
      if (found == verdicts.end()) return false;
      GODWIT_CHECK(found->second != v1::VERDICT_REJECTED && found->second != v1::VERDICT_CONFLICT);
      return found->second != v1::VERDICT_RETRY;
    });
  }
  return streams;
}

int Records(const std::string& collector, size_t streams, size_t records) {
  const std::string batch = NoiseBatch(TableIdOf(TableOf(1)), kSecond, kFirst);
  const EncodedTables tables = EncodedOf({TableOf(1)});
  std::atomic<size_t> again = 0;
  const Time begin = Now();
  ForEach(streams, [&](size_t number) {
    LoadDevice device(collector, Cat("large-", number), number + 1);
    again += SendAll(device, tables, batch, records) - 1;
  });
  std::printf("%zu records of %zu bytes acknowledged in %.1f s; %zu streams came again\n",
              streams * records, batch.size(), std::chrono::duration<double>(Now() - begin).count(),
              again.load());
  return 0;
}

v1::UploadMetricsRequest LargeTable(size_t number) {
  std::mt19937_64 random(number);
  Table table;
  for (size_t i = 0; i < kTableSeriesMax; ++i) {
    std::string& name = table.series.emplace_back().name;
    while (name.size() < 160) name += static_cast<char>('0' + random() % 64);
  }
  v1::UploadMetricsRequest message;
  v1::Table& added = *message.add_tables();
  added.set_table_id(TableIdOf(table));
  added.set_encoded(EncodeTable(table));
  return message;
}

int Tables(const std::string& collector, size_t streams, size_t tables, seconds time) {
  std::vector<v1::UploadMetricsRequest> messages;
  for (size_t i = 0; i < tables; ++i) messages.push_back(LargeTable(i));
  const Time end = Now() + time;
  std::atomic<size_t> sent_away = 0;
  ForEach(streams, [&](size_t) {
    LoadDevice device(collector, "tables", 1);
    while (Now() < end && !device.Open({}, 0)) std::this_thread::sleep_for(milliseconds(200));
    while (Now() < end) {
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + time);
      v1::UploadMetricsResponse response;
      const auto writer = device.stub().UploadMetrics(&context, &response);
      v1::UploadMetricsRequest start;
      start.mutable_start()->set_session_token(device.token());
      bool ok = writer->Write(start);
      for (const auto& message : messages) ok = ok && Now() < end && writer->Write(message);
      while (ok && Now() < end) std::this_thread::sleep_for(milliseconds(50));
      context.TryCancel();
      sent_away += writer->Finish().error_code() == grpc::StatusCode::UNAVAILABLE;
      std::this_thread::sleep_for(milliseconds(100));
    }
  });
  std::printf("%zu bytes of tables a stream; %zu streams sent away\n",
              tables * messages.front().tables(0).encoded().size(), sent_away.load());
  return 0;
}

int Decode(const std::string& collector, size_t streams, seconds time) {
  const std::string batch = ExpensiveBatch();
  const EncodedTables tables = EncodedOf({TableOf(kExpensiveColumns)});
  std::atomic<size_t> records = 0;
  const Time end = Now() + time;
  ForEach(streams, [&](size_t number) {
    LoadDevice device(collector, Cat("expensive-", number), number + 1);
    for (Seq last = 0; Now() < end; last += 8) {
      if (!device.Open(tables, last)) continue;
      std::vector<std::pair<Seq, const std::string*>> stream;
      for (Seq seq = last + 1; seq <= last + 8; ++seq) stream.emplace_back(seq, &batch);
      records += device.Upload(stream).size();
    }
  });
  std::printf("%zu records of %zu bytes had a verdict\n", records.load(), batch.size());
  return 0;
}

int Good(const std::string& collector, seconds time) {
  const std::string batch = EvenBatch(60, 2);
  const EncodedTables tables = EncodedOf({TableOf(2)});
  LoadDevice device(collector, "good", 1);
  const Time end = Now() + time;
  Seq committed = 0;
  size_t streams = 0;
  milliseconds longest{0};
  bool open = false;
  while (Now() < end) {
    const Time begin = Now();
    // Until it has its verdict, however often it has to come.
    for (bool done = false; !done;) {
      open = open || device.Open(tables, committed + 1);
      if (!open) continue;
      ++streams;
      const auto verdicts = device.Upload({{committed + 1, &batch}});
      open = !verdicts.empty();
      done = open && verdicts.begin()->second == v1::VERDICT_COMMITTED;
      GODWIT_CHECK(!open || done || verdicts.begin()->second == v1::VERDICT_DUPLICATE ||
                   verdicts.begin()->second == v1::VERDICT_RETRY);
      done = done || (open && verdicts.begin()->second == v1::VERDICT_DUPLICATE);
    }
    ++committed;
    longest = std::max(longest, std::chrono::duration_cast<milliseconds>(Now() - begin));
    std::this_thread::sleep_for(milliseconds(500));
  }
  std::printf("%zu records in %zu streams, at most %lld ms\n", static_cast<size_t>(committed),
              streams, static_cast<long long>(longest.count()));
  return 0;
}

}  // namespace
}  // namespace godwit::bench

int main(int argc, char** argv) {
  using namespace godwit::bench;
  const std::string verb = argc > 2 ? argv[1] : "";
  const auto number = [&](int i) { return std::strtoull(argv[i], nullptr, 10); };
  const auto time = [&](int i) { return std::chrono::seconds(number(i)); };
  if (verb == "records" && argc == 5) return Records(argv[2], number(3), number(4));
  if (verb == "tables" && argc == 6) return Tables(argv[2], number(3), number(4), time(5));
  if (verb == "decode" && argc == 5) return Decode(argv[2], number(3), time(4));
  if (verb == "good" && argc == 4) return Good(argv[2], time(3));
  std::fputs(
      "usage: attack records HOST:PORT STREAMS RECORDS\n"
      "       attack tables HOST:PORT STREAMS TABLES SECONDS\n"
      "       attack decode HOST:PORT STREAMS SECONDS\n"
      "       attack good HOST:PORT SECONDS\n",
      stderr);
  return 64;
}
