// Splits a number into a byte for the entropy coder and bits that no coder can make smaller.
//
// A **symbol** names a number's size. 0 to 15 are symbols themselves; from 16 on there are four
// symbols an octave, and the bits below the two that follow the leading one are written as they
// are. So the bytes have the shape of a distribution (which Huffman's code learns from a few
// hundred of them), and the random bits within a step are kept apart from it. 64 bits need exactly
// the 256 values of a byte.
//
// A **width** is coarser, for numbers that have nothing in common: their count of significant bits.
#pragma once

#include <bit>
#include <cstdint>

namespace godwit {

// Maps signed numbers near zero to small ones: 0, -1, 1, -2 … become 0, 1, 2, 3 …
inline uint64_t ZigZag(uint64_t difference) {
  return (difference << 1) ^ (uint64_t{0} - (difference >> 63));
}
inline uint64_t UnZigZag(uint64_t zigzag) {
  return (zigzag >> 1) ^ (uint64_t{0} - (zigzag & 1));
}

inline constexpr uint64_t kPlainSymbols = 16;

struct Symbol {
  uint8_t byte = 0;
  uint8_t extra_bits = 0;  // the number's low ones, written beside it; at most 61
};

inline Symbol SymbolOf(uint64_t number) {
  if (number < kPlainSymbols) return {static_cast<uint8_t>(number), 0};
  const auto width = static_cast<unsigned>(std::bit_width(number));
  const unsigned extra = width - 3;
  const uint64_t step = (number >> extra) & 3;
  return {static_cast<uint8_t>(kPlainSymbols + 4 * (width - 5) + step),
          static_cast<uint8_t>(extra)};
}

inline unsigned ExtraBitsOf(uint8_t symbol) {
  return symbol < kPlainSymbols ? 0 : 2 + (symbol - kPlainSymbols) / 4;
}

// Returns the number without its low bits.
inline uint64_t BaseOf(uint8_t symbol) {
  if (symbol < kPlainSymbols) return symbol;
  return (4 + uint64_t{symbol} % 4) << ExtraBitsOf(symbol);
}

}  // namespace godwit
