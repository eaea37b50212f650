// One zstd frame around the streams of a batch: small contexts, and on the way in a hard bound on
// what a frame may turn into. The only file that includes zstd.h is its .cc.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace godwit {

// Keeps its context from frame to frame: about 150 KiB for streams. Thread-compatible.
class ZstdCompressor {
 public:
  enum class Content { kStreams, kText };

  explicit ZstdCompressor(Content content);
  ~ZstdCompressor();

  // Appends to `out` a frame of `parts`, one after the other. Each part begins a zstd block, and so
  // may have a Huffman table of its own.
  void Compress(const std::vector<std::string_view>& parts, std::string& out);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// Keeps its context from frame to frame. Thread-compatible.
class ZstdDecompressor {
 public:
  ZstdDecompressor();
  ~ZstdDecompressor();

  // One whole frame that says its size, of at most `max` bytes, and nothing after it.
  // kInvalidArgument when damaged, kResourceExhausted when it says more than `max`, before anything
  // is allocated. In one call zstd needs no window: what a frame says about its own does not
  // matter.
  [[nodiscard]] Status Decompress(std::string_view frame, size_t max, std::string_view what,
                                  std::string& out);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace godwit
