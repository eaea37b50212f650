// Compresses the streams of a batch into one zstd frame: with small contexts, and with a hard bound
// on the size of a decompressed frame. Only zstd_frame.cc includes zstd.h.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace godwit {

// Compresses frames. Keeps its context from frame to frame: about 150 KiB for streams.
// Thread-compatible.
class ZstdCompressor {
 public:
  enum class Content { kStreams, kText };

  explicit ZstdCompressor(Content content);
  ~ZstdCompressor();

  // Appends a frame of the concatenated `parts` to `out`. Each part starts a zstd block, and so may
  // have a Huffman table of its own.
  void Compress(const std::vector<std::string_view>& parts, std::string& out);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// Decompresses frames. Keeps its context from frame to frame. Thread-compatible.
class ZstdDecompressor {
 public:
  ZstdDecompressor();
  ~ZstdDecompressor();

  // Decompresses one whole frame that states its size, with at most `max` bytes and nothing after
  // it. kInvalidArgument: it is damaged. kResourceExhausted: it states more than `max`; nothing is
  // allocated. zstd needs no window for a single call, so the window size that a frame states does
  // not matter.
  [[nodiscard]] Status Decompress(std::string_view frame, size_t max, std::string_view what,
                                  std::string& out);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace godwit
