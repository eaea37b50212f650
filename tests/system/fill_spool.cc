// fill_spool FOLDER DEVICE BYTES: a spool with valid batches of values that do not compress, each
// nearly as large as a batch may be. Prints "<seq> <sha256, 16 bytes>" of each.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>

#include "agent/device/part_options.h"
#include "agent/spool/spool.h"
#include "base/check.h"
#include "base/checksum.h"
#include "base/log.h"
#include "base/text.h"
#include "codec/batch_codec.h"
#include "platform/linux/linux_file_system.h"
#include "platform/linux/linux_random.h"

namespace godwit {
namespace {

constexpr size_t kSeries = 1000;
constexpr size_t kTicks = 105;  // 9 bytes a value
constexpr int64_t kSecond = 1'000'000'000;

Table MakeTable() {
  Table table;
  for (size_t i = 0; i < kSeries; ++i) {
    table.series.push_back(
        {.name = "test.noise", .kind = Kind::kGauge, .attributes = {{"index", std::to_string(i)}}});
  }
  return table;
}

agent::EncodedBatch MakeBatch(const Table& table, int64_t first_second, std::mt19937_64& noise) {
  Block block{.table = TableIdOf(table), .interval_ns = kSecond};
  block.columns.resize(kSeries);
  for (size_t tick = 0; tick < kTicks; ++tick) {
    block.ticks.push_back({(first_second + static_cast<int64_t>(tick)) * kSecond, 0});
    for (Column& column : block.columns) column.Append(static_cast<int64_t>(noise()));
  }
  const Batch batch{
      .boot_id = BootId(kBootIdSize, 'f'), .wall_synchronised = true, .blocks = {block}};
  auto bytes = EncodeBatch(batch);
  GODWIT_CHECK(bytes.ok());
  return {.tables = {{block.table, EncodeTable(table)}},
          .bytes = *std::move(bytes),
          .span = SpanOf(batch)};
}

int Fill(const std::string& folder, const std::string& device, ByteCount bytes) {
  LinuxFileSystem files;
  LinuxRandom random;
  auto spool = agent::Spool::Open({.path = folder,
                                   .device_id = device,
                                   .boot_id = BootId(kBootIdSize, 'f'),
                                   .max_bytes = bytes + bytes / 8,
                                   .reserve_free = 0},
                                  files, random);
  GODWIT_CHECK(spool.ok());
  std::mt19937_64 noise(1);
  // Of the last days: what is older than its retention a store would take away again.
  const int64_t begin = std::time(nullptr) - 80 * 3600;
  const Table table = MakeTable();
  for (ByteCount written = 0; written < bytes;) {
    agent::EncodedBatch batch =
        MakeBatch(table, begin + static_cast<int64_t>(written / 10'000), noise);
    written += batch.bytes.size();
    const std::string digest = Hex(Sha256Prefix16(batch.bytes));
    const agent::Appended appended = (*spool)->Append(agent::MakeRecord(std::move(batch)));
    GODWIT_CHECK(appended.fate == agent::Appended::Fate::kSafe);
    std::printf("%llu %s\n", static_cast<unsigned long long>(appended.name.seq), digest.c_str());
  }
  (*spool)->End();
  return 0;
}

}  // namespace
}  // namespace godwit

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  godwit::StartLog("fill_spool", godwit::LogLevel::kWarning);
  return godwit::Fill(argv[1], argv[2], std::strtoull(argv[3], nullptr, 10));
}
