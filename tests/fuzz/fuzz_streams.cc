// What is inside a batch's frame, without zstd in the way. The first byte says for how many blocks.
// Bytes that are accepted must be the same to the reference decoder, and come back once they are
// encoded.
#include <cstdint>

#include "base/check.h"
#include "codec/batch_codec.h"
#include "codec/zstd_frame.h"
#include "tests/reference/reference_decoder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace godwit;
  if (size == 0) return 0;
  const size_t blocks = bytes[0] % 4;
  const std::string_view raw(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  Batch batch{.boot_id = BootId(kBootIdSize, 'b')};
  batch.blocks.resize(blocks);
  for (Block& block : batch.blocks) block.table = TableId(kTableIdSize, 't');
  const Batch empty = batch;
  if (!DecodeStreams(raw, batch).ok()) return 0;

  std::string framed = EncodeBatch({.boot_id = batch.boot_id})->substr(0, 31);
  framed[5] = static_cast<char>(blocks);
  for (const Block& block : empty.blocks) framed += block.table;
  static ZstdCompressor zstd(ZstdCompressor::Content::kStreams);
  zstd.Compress({raw}, framed);
  const auto slow = reference::DecodeBatch(framed);
  GODWIT_CHECK(slow.has_value() && *slow == batch);

  const auto encoded = EncodeBatch(batch);
  // What takes few bytes here may take more than the bound as we would write it.
  if (!encoded.ok()) return 0;
  const auto back = DecodeBatch(*encoded);
  GODWIT_CHECK(back.ok() && *back == batch);
  return 0;
}
