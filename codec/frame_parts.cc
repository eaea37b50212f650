#include "codec/frame_parts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace godwit {
namespace {

// How often each byte occurs in some streams.
class Histogram {
 public:
  explicit Histogram(std::string_view bytes) : size_(bytes.size()) {
    for (const char byte : bytes) ++counts_[static_cast<uint8_t>(byte)];
  }
  void Add(const Histogram& other) {
    size_ += other.size_;
    for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  }

  // Bytes of a zstd block, about: below 64 literals zstd does not try; three bytes of block header,
  // some six for the sections, and a weight for each byte that occurs.
  double BlockBytes() const {
    if (size_ == 0) return 0;
    const double whole = static_cast<double>(size_);
    constexpr double kHeaders = 9;
    if (size_ < 64) return whole + kHeaders;
    double bits = whole * std::log2(whole);
    size_t distinct = 0;
    for (const uint32_t count : counts_) {
      if (count == 0) continue;
      bits -= count * Log2(count);
      ++distinct;
    }
    // A Huffman code is a little longer than the entropy, and never shorter than a bit.
    const double coded = std::max(bits * 1.02, distinct > 1 ? whole : 0) / 8;
    return std::min(whole, coded + static_cast<double>(distinct) * 0.6) + kHeaders;
  }

 private:
  static double Log2(uint32_t count) {
    static const auto table = [] {
      std::array<float, 1024> logs{};
      for (size_t i = 1; i < logs.size(); ++i) logs[i] = std::log2(static_cast<float>(i));
      return logs;
    }();
    return count < table.size() ? table[count] : std::log2(static_cast<double>(count));
  }

  size_t size_;
  std::array<uint32_t, 256> counts_{};
};

}  // namespace

std::vector<std::string_view> FrameParts(std::string_view raw, const StreamWriter& streams) {
  std::vector<std::string_view> parts;
  size_t start = 0;
  size_t at = raw.size() - streams.size();  // past the sizes
  Histogram current(raw.substr(0, at));
  for (int i = 0; i < kBits; ++i) {
    const size_t size = streams.bytes(static_cast<StreamId>(i)).size();
    if (size == 0) continue;
    const Histogram next(raw.substr(at, size));
    Histogram both = current;
    both.Add(next);
    if (both.BlockBytes() <= current.BlockBytes() + next.BlockBytes()) {
      current = both;
    } else {
      parts.push_back(raw.substr(start, at - start));
      start = at;
      current = next;
    }
    at += size;
  }
  parts.push_back(raw.substr(start, at - start));
  if (at < raw.size()) parts.push_back(raw.substr(at));
  return parts;
}

}  // namespace godwit
