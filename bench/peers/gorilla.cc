#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>

#include "bench/peers/peers.h"
#include "codec/bit_stream.h"

namespace godwit::bench {
namespace {

// Delta of delta, in seconds as in the paper: '0', or a prefix and 7, 9, 12 or 32 bits.
void PutTime(BitWriter& bits, int64_t change) {
  const auto value = static_cast<uint64_t>(change);
  if (change == 0) {
    bits.Write(0, 1);
  } else if (change >= -63 && change <= 64) {
    bits.Write(0b01, 2);
    bits.Write(value, 7);
  } else if (change >= -255 && change <= 256) {
    bits.Write(0b011, 3);
    bits.Write(value, 9);
  } else if (change >= -2047 && change <= 2048) {
    bits.Write(0b0111, 4);
    bits.Write(value, 12);
  } else {
    bits.Write(0b1111, 4);
    bits.Write(value, 32);
  }
}

// '0' for the same value; '10' and the meaningful bits where those of the one before were; '11',
// five bits of leading zeros, six of length, and the meaningful bits.
class Values {
 public:
  explicit Values(uint64_t first) : last_(first) {}

  void Put(BitWriter& bits, uint64_t value) {
    const uint64_t changed = value ^ last_;
    last_ = value;
    if (changed == 0) return bits.Write(0, 1);
    const auto leading = std::min<unsigned>(static_cast<unsigned>(std::countl_zero(changed)), 31);
    const auto trailing = static_cast<unsigned>(std::countr_zero(changed));
    bits.Write(1, 1);
    if (leading >= leading_ && trailing >= trailing_ && leading_ + trailing_ < 64) {
      bits.Write(0, 1);
    } else {
      leading_ = leading;
      trailing_ = trailing;
      bits.Write(1, 1);
      bits.Write(leading_, 5);
      bits.Write(64 - leading_ - trailing_, 6);
    }
    bits.Write(changed >> trailing_, 64 - leading_ - trailing_);
  }

 private:
  uint64_t last_;
  unsigned leading_ = 64;
  unsigned trailing_ = 64;
};

uint64_t DoubleBits(const Column& column, size_t tick) {
  if (column.types[tick] == Column::kDouble) return column.bits[tick];
  return std::bit_cast<uint64_t>(static_cast<double>(static_cast<int64_t>(column.bits[tick])));
}

}  // namespace

size_t GorillaBytes(const Batch& batch) {
  std::string out;
  for (const Block& block : batch.blocks) {
    for (const Column& column : block.columns) {
      BitWriter bits(out);
      Values values(0);
      int64_t step = 0;
      int64_t last = 0;
      bool first = true;
      for (size_t i = 0; i < block.ticks.size(); ++i) {
        if (column.types[i] == Column::kNull) continue;
        const int64_t second = block.ticks[i].time_unix_ns / 1'000'000'000;
        if (first) {
          bits.Write(static_cast<uint64_t>(second), 64);
          bits.Write(DoubleBits(column, i), 64);
          values = Values(DoubleBits(column, i));
        } else {
          PutTime(bits, second - last - step);
          step = second - last;
          values.Put(bits, DoubleBits(column, i));
        }
        last = second;
        first = false;
      }
      bits.Flush();
    }
  }
  return out.size();
}

}  // namespace godwit::bench
