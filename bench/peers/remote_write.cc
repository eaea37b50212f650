// The values that `load rate` uploads, as Prometheus takes them: remote write 1.0 (snappy over
// protobuf, written here by hand from prompb/remote.proto), each request answered before the next.
//   remote_write HOST:PORT CONNECTIONS BATCHES
#include <snappy.h>

#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "bench/data/data_set.h"

namespace godwit::bench {
namespace {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;

constexpr size_t kTicks = 60;

void PutLong(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

// Field of bytes.
void PutMessage(std::string& out, uint32_t field, std::string_view message) {
  PutVarint(out, field << 3 | 2);
  PutText(out, message);
}

// Label{name = 1, value = 2}; those of a series must be sorted.
void PutLabel(std::string& series, std::string_view name, std::string_view value) {
  std::string label;
  PutMessage(label, 1, name);
  PutMessage(label, 2, value);
  PutMessage(series, 1, label);
}

// WriteRequest{timeseries = 1}, TimeSeries{labels = 1, samples = 2}, Sample{value = 1, timestamp =
// 2 (ms)}. A state is a number: which one it is.
std::string Request(const DataSet& set, const Batch& batch, size_t device, int64_t now_ms,
                    uint64_t& samples) {
  std::string request;
  const Block& block = batch.blocks[0];
  for (size_t i = 0; i < block.columns.size(); ++i) {
    const Series& series = set.groups[0].table.series[i];
    const Column& column = block.columns[i];
    std::string out;
    std::string name = series.name;
    for (char& c : name) c = c == '.' ? '_' : c;
    PutLabel(out, "__name__", name);
    PutLabel(out, "device", std::to_string(device));
    PutLabel(out, "index", series.attributes.at("index"));
    for (size_t tick = 0; tick < block.ticks.size(); ++tick) {
      if (column.types[tick] == Column::kNull) continue;
      double value = static_cast<double>(static_cast<int64_t>(column.bits[tick]));
      if (column.types[tick] == Column::kDouble) value = std::bit_cast<double>(column.bits[tick]);
      std::string sample;
      PutVarint(sample, 1 << 3 | 1);
      Put(sample, value);
      PutVarint(sample, 2 << 3);
      PutLong(sample, static_cast<uint64_t>(now_ms + (block.ticks[tick].time_unix_ns -
                                                      set.groups[0].ticks[0].time_unix_ns) /
                                                         1'000'000));
      PutMessage(out, 2, sample);
      ++samples;
    }
    PutMessage(request, 1, out);
  }
  std::string compressed;
  snappy::Compress(request.data(), request.size(), &compressed);
  return compressed;
}

void Post(const std::string& host, const std::string& port,
          const std::vector<std::string>& requests) {
  boost::asio::io_context context;
  tcp::resolver resolver(context);
  boost::beast::tcp_stream stream(context);
  stream.connect(resolver.resolve(host, port));
  for (const std::string& body : requests) {
    http::request<http::string_body> request{http::verb::post, "/api/v1/write", 11};
    request.set(http::field::host, host);
    request.set(http::field::content_type, "application/x-protobuf");
    request.set(http::field::content_encoding, "snappy");
    request.set("X-Prometheus-Remote-Write-Version", "0.1.0");
    request.body() = body;
    request.prepare_payload();
    http::write(stream, request);
    boost::beast::flat_buffer buffer;
    http::response<http::string_body> response;
    http::read(stream, buffer, response);
    GODWIT_CHECK(response.result_int() / 100 == 2);
  }
}

int Run(const std::string& address, size_t connections, size_t batches) {
  const size_t colon = address.rfind(':');
  const DataSet set = MakeSensors(1, kTicks * batches);
  const int64_t now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                             std::chrono::system_clock::now().time_since_epoch())
                             .count() -
                         static_cast<int64_t>(kTicks * batches) * 1000;
  uint64_t samples = 0;
  uint64_t bytes = 0;
  std::vector<std::vector<std::string>> requests(connections);
  for (size_t device = 0; device < connections; ++device) {
    for (size_t i = 0; i < batches; ++i) {
      requests[device].push_back(
          Request(set, set.Slice(i * kTicks, kTicks), device, now_ms, samples));
      bytes += requests[device].back().size();
    }
  }
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (const auto& each : requests) {
    threads.emplace_back(
        [&, &mine = each] { Post(address.substr(0, colon), address.substr(colon + 1), mine); });
  }
  for (std::thread& thread : threads) thread.join();
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf(
      "%.2f M samples/s taken by Prometheus (not synced): %.0f M samples, %.1f s, %.3f "
      "B/sample on the wire, %zu connections\n",
      static_cast<double>(samples) / seconds / 1e6, static_cast<double>(samples) / 1e6, seconds,
      static_cast<double>(bytes) / static_cast<double>(samples), connections);
  return 0;
}

}  // namespace
}  // namespace godwit::bench

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: remote_write HOST:PORT CONNECTIONS BATCHES\n", stderr);
    return 64;
  }
  return godwit::bench::Run(argv[1], std::strtoull(argv[2], nullptr, 10),
                            std::strtoull(argv[3], nullptr, 10));
}
