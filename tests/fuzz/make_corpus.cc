// make_corpus FOLDER: what the fuzz targets begin with, made of sound batches and tables.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/check.h"
#include "base/text.h"
#include "codec/batch_codec.h"
#include "codec/limits.h"
#include "codec/table.h"
#include "codec/zstd_frame.h"
#include "tests/reference/random_batch.h"

namespace godwit::reference {
namespace {

constexpr uint64_t kSeeds = 400;
constexpr size_t kBytesMax = 600;

void Write(const std::filesystem::path& folder, uint64_t number, std::string_view bytes) {
  std::filesystem::create_directories(folder);
  std::ofstream(folder / Cat("seed-", number), std::ios::binary) << bytes;
}

void WriteBatch(const std::filesystem::path& folder, uint64_t seed) {
  Noise noise(seed);
  const Batch batch = RandomBatch(noise);
  const std::string bytes = *EncodeBatch(batch);
  if (bytes.size() > kBytesMax) return;
  std::string raw;
  const size_t head = 31 + batch.blocks.size() * kTableIdSize;
  GODWIT_CHECK(ZstdDecompressor().Decompress(bytes.substr(head), kBatchRawBytesMax, "", raw).ok());
  Write(folder / "streams", seed, Cat(std::string(1, static_cast<char>(batch.blocks.size())), raw));
  if (seed % 4 == 0) Write(folder / "zstd", seed, bytes);
}

void WriteTables(const std::filesystem::path& folder) {
  Table table;
  for (uint64_t i = 1; i <= 8; ++i) {
    Series series{.name = Cat("plant.temperature.", i),
                  .unit = "Cel",
                  .kind = static_cast<Kind>(1 + i % 4),
                  .resolution = i % 2 == 0 ? 0.0 : 0.1};
    for (uint64_t a = 0; a < i % 4; ++a) series.attributes[Cat("key", a)] = Cat(a);
    table.series.push_back(series);
    Write(folder / "table", i, EncodeCanonical(table));
    Write(folder / "zstd", 1000 + i, EncodeTable(table));
  }
}

}  // namespace
}  // namespace godwit::reference

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  for (uint64_t seed = 1; seed <= godwit::reference::kSeeds; ++seed) {
    godwit::reference::WriteBatch(argv[1], seed);
  }
  godwit::reference::WriteTables(argv[1]);
  return 0;
}
