// The streams of a batch before zstd. Bytes of one sort are next to each other, because a Huffman
// table learns a stream of its own better than a mixture. docs/batch-format.md, "Streams".
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "codec/bit_stream.h"
#include "codec/number_code.h"

namespace godwit {

// The streams in their order in a batch. The numbers are part of the format.
enum StreamId : uint8_t {
  kModes,       // one byte a column: what it is made of
  kParameters,  // small settings of a column
  kWidths,      // the significant bits of numbers that have nothing in common
  kGaps,        // how many residuals are zero before the next event
  kEvents,      // symbols of residuals that are not zero, where most are
  kWideEvents,  // the same, where they are large
  kDense0,      // symbols of residuals, by their usual size
  kDense1,
  kDense2,
  kDenseWide,
  kText,  // states, and columns that follow no rule
  kBits,  // bits without a pattern
  kStreamCount,
};

// Collects the streams of a batch. Keeps its memory when it is cleared. Thread-compatible.
class StreamWriter {
 public:
  void Clear();

  void PutByte(StreamId stream, uint8_t byte) { bytes_[stream].push_back(static_cast<char>(byte)); }
  void PutText(std::string_view text) { bytes_[kText].append(text); }
  void PutBits(uint64_t value, unsigned width) { bits_.Write(value, width); }
  // Writes a number by its width.
  void PutNumber(uint64_t number);
  void PutSigned(uint64_t number);
  // Writes a number by its symbol to `stream`, without its low `shift` bits, which go to kBits.
  void PutSymbol(StreamId stream, uint64_t number, unsigned shift) {
    const Symbol symbol = SymbolOf(number >> shift);
    PutByte(stream, symbol.byte);
    if (symbol.extra_bits + shift > 0) bits_.Write(number, symbol.extra_bits + shift);
  }

  // Fills the last byte of bits. Nothing may be written after it.
  void Finish() { bits_.Flush(); }
  const std::string& bytes(StreamId stream) const { return bytes_[stream]; }
  size_t size() const;
  // Writes the sizes of all streams but the last, then the streams: the input of
  // StreamReader::Open.
  void CopyTo(std::string& raw) const;

 private:
  std::array<std::string, kStreamCount> bytes_;
  BitWriter bits_{bytes_[kBits]};
};

// Reads the streams of a batch. Treats its input as hostile: each Get* returns false when its
// stream has no more. Thread-compatible.
class StreamReader {
 public:
  // Opens a batch before zstd: sizes, then streams.
  [[nodiscard]] static StatusOr<StreamReader> Open(std::string_view raw);

  [[nodiscard]] bool GetByte(StreamId stream, uint8_t& byte) {
    std::string_view& rest = rest_[stream];
    if (rest.empty()) return false;
    byte = static_cast<uint8_t>(rest.front());
    rest.remove_prefix(1);
    return true;
  }
  [[nodiscard]] bool GetText(size_t size, std::string_view& text);
  [[nodiscard]] bool GetBits(unsigned width, uint64_t& value) { return bits_.Read(width, value); }
  [[nodiscard]] bool GetNumber(uint64_t& number);
  [[nodiscard]] bool GetSigned(uint64_t& number);
  [[nodiscard]] bool GetSymbol(StreamId stream, unsigned shift, uint64_t& number) {
    uint8_t byte = 0;
    if (!GetByte(stream, byte)) return false;
    number = BaseOf(byte) << shift;
    const unsigned low = ExtraBitsOf(byte) + shift;
    if (low == 0) return true;
    uint64_t bits = 0;
    if (low > 64 || !bits_.Read(low, bits)) return false;
    number |= bits;
    return true;
  }
  size_t left(StreamId stream) const { return rest_[stream].size(); }

  // Returns whether every stream was read to its end.
  bool done() const;

 private:
  StreamReader() = default;

  std::array<std::string_view, kStreamCount> rest_;
  BitReader bits_{{}};
};

}  // namespace godwit
