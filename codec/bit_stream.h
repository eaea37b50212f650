// Writes and reads bits, least significant first: the batch format packs here what no entropy coder
// can make smaller.
//
// BitReader treats its input as hostile: a read past the end returns false and yields nothing.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"

namespace godwit {

// Returns the low `width` bits, from 0 to 64.
inline uint64_t LowBits(uint64_t value, unsigned width) {
  return width >= 64 ? value : value & ((uint64_t{1} << width) - 1);
}

// Appends bits to a string that it does not own. Thread-compatible.
class BitWriter {
 public:
  explicit BitWriter(std::string& out) : out_(out) {}

  // Writes the low `width` bits of `value`, from 0 to 64.
  void Write(uint64_t value, unsigned width) {
    value = LowBits(value, width);
    held_ |= value << used_;
    if (used_ + width < 64) {
      used_ += width;
      return;
    }
    Put(out_, held_);
    const unsigned done = 64 - used_;
    held_ = done < 64 ? value >> done : 0;
    used_ = width - done;
  }

  // Fills the last byte with zeros; the next bit starts a new one.
  void Flush() {
    for (; used_ > 0; used_ -= used_ < 8 ? used_ : 8) {
      out_.push_back(static_cast<char>(held_));
      held_ >>= 8;
    }
    held_ = 0;
  }

 private:
  std::string& out_;
  uint64_t held_ = 0;
  unsigned used_ = 0;  // of held_, below 64
};

// Reads bits. Borrows the bytes. Thread-compatible.
class BitReader {
 public:
  explicit BitReader(std::string_view bytes) : bytes_(bytes) {}

  // Reads `width` bits, from 0 to 64.
  [[nodiscard]] bool Read(unsigned width, uint64_t& value) {
    if (width > bytes_.size() * 8 - at_) return false;
    const size_t byte = at_ / 8;
    const unsigned shift = at_ % 8;
    uint64_t word = 0;
    const size_t left = bytes_.size() - byte;
    std::memcpy(&word, bytes_.data() + byte, left < 8 ? left : 8);
    word >>= shift;
    if (shift + width > 64) {
      word |= static_cast<uint64_t>(static_cast<unsigned char>(bytes_[byte + 8])) << (64 - shift);
    }
    value = LowBits(word, width);
    at_ += width;
    return true;
  }

  // Returns whether nothing is left but the zeros that fill the last byte.
  bool done() const {
    if (at_ + 8 <= bytes_.size() * 8) return false;
    return at_ % 8 == 0 || static_cast<unsigned char>(bytes_.back()) >> (at_ % 8) == 0;
  }

 private:
  std::string_view bytes_;
  size_t at_ = 0;  // in bits
};

}  // namespace godwit
