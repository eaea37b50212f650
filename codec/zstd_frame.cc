#include "codec/zstd_frame.h"

#include <zstd.h>

#include <numeric>

#include "base/check.h"
#include "base/text.h"

namespace godwit {
namespace {

// After the predictors zstd is a Huffman coder: higher levels gain 1-3 % and cost ten times the
// memory.
constexpr int kStreamsLevel = 1;
constexpr int kStreamsWindowLog = 14;
constexpr int kStreamsTableLog = 11;
// Residuals repeat by chance: a short match costs more than the bytes it stands for.
constexpr int kStreamsMatchMin = 7;
// Tables are words that repeat, and are compressed once in an agent's life.
constexpr int kTextLevel = 9;
constexpr int kTextWindowLog = 17;

void Set(ZSTD_CCtx* context, ZSTD_cParameter parameter, int value) {
  // Constants of ours, in their bounds.
  GODWIT_CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, value)));
}

}  // namespace

struct ZstdCompressor::Context {
  explicit Context(Content content) : zstd(ZSTD_createCCtx()) {
    // Fails without memory only, as every allocation may.
    GODWIT_CHECK(zstd != nullptr);
    if (content == Content::kText) {
      Set(zstd, ZSTD_c_compressionLevel, kTextLevel);
      Set(zstd, ZSTD_c_windowLog, kTextWindowLog);
      return;
    }
    Set(zstd, ZSTD_c_compressionLevel, kStreamsLevel);
    Set(zstd, ZSTD_c_windowLog, kStreamsWindowLog);
    Set(zstd, ZSTD_c_hashLog, kStreamsTableLog);
    Set(zstd, ZSTD_c_chainLog, kStreamsTableLog);
    Set(zstd, ZSTD_c_minMatch, kStreamsMatchMin);
  }
  ~Context() { ZSTD_freeCCtx(zstd); }

  ZSTD_CCtx* zstd;
};

ZstdCompressor::ZstdCompressor(Content content) : context_(std::make_unique<Context>(content)) {}
ZstdCompressor::~ZstdCompressor() = default;

void ZstdCompressor::Compress(const std::vector<std::string_view>& parts, std::string& out) {
  ZSTD_CCtx* const zstd = context_->zstd;
  const size_t size = std::accumulate(parts.begin(), parts.end(), size_t{0},
                                      [](size_t sum, auto part) { return sum + part.size(); });
  GODWIT_CHECK(!ZSTD_isError(ZSTD_CCtx_reset(zstd, ZSTD_reset_session_only)));
  GODWIT_CHECK(!ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(zstd, size)));
  const size_t start = out.size();
  // A block costs three bytes where it does not help.
  out.resize(start + ZSTD_compressBound(size) + 4 * parts.size());
  ZSTD_outBuffer written{out.data() + start, out.size() - start, 0};
  for (size_t i = 0; i < parts.size(); ++i) {
    ZSTD_inBuffer in{parts[i].data(), parts[i].size(), 0};
    const bool last = i + 1 == parts.size();
    size_t left = 1;
    while (left != 0) {
      left = ZSTD_compressStream2(zstd, &written, &in, last ? ZSTD_e_end : ZSTD_e_flush);
      // The output has room for all of it; what is compressed is never an error.
      GODWIT_CHECK(!ZSTD_isError(left));
    }
  }
  out.resize(start + written.pos);
}

struct ZstdDecompressor::Context {
  Context() : zstd(ZSTD_createDCtx()) { GODWIT_CHECK(zstd != nullptr); }
  ~Context() { ZSTD_freeDCtx(zstd); }

  ZSTD_DCtx* zstd;
};

ZstdDecompressor::ZstdDecompressor() : context_(std::make_unique<Context>()) {}
ZstdDecompressor::~ZstdDecompressor() = default;

Status ZstdDecompressor::Decompress(std::string_view frame, size_t max, std::string_view what,
                                    std::string& out) {
  const auto size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) {
    return Error(StatusCode::kInvalidArgument,
                 Cat(what, ": not a zstd frame that states its size"));
  }
  if (size > max) {
    return Error(StatusCode::kResourceExhausted,
                 Cat(what, ": ", size, " bytes inside; the limit is ", max));
  }
  if (ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size()) {
    return Error(StatusCode::kInvalidArgument, Cat(what, ": not one complete zstd frame"));
  }
  out.resize(size);
  const size_t got =
      ZSTD_decompressDCtx(context_->zstd, out.data(), out.size(), frame.data(), frame.size());
  if (ZSTD_isError(got)) {
    return Error(StatusCode::kInvalidArgument, Cat(what, ": zstd: ", ZSTD_getErrorName(got)));
  }
  if (got != size) {
    return Error(StatusCode::kInvalidArgument, Cat(what, ": shorter inside than it states"));
  }
  return absl::OkStatus();
}

}  // namespace godwit
