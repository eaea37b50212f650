// The border where strangers' bytes enter: batches and tables with their heads and zstd frames.
#include <cstdint>

#include "base/check.h"
#include "codec/batch_codec.h"
#include "codec/limits.h"
#include "codec/table.h"
#include "codec/zstd_frame.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace godwit;
  const std::string_view all(reinterpret_cast<const char*>(bytes), size);
  DecodeBatch(all).status().IgnoreError();
  if (const auto table = DecodeTable(all); table.ok()) {
    GODWIT_CHECK(*DecodeTable(EncodeTable(*table)) == *table);
  }
  constexpr size_t kMax = 4096;
  static ZstdDecompressor zstd;
  std::string out;
  if (zstd.Decompress(all, kMax, "frame", out).ok()) GODWIT_CHECK(out.size() <= kMax);
  return 0;
}
