// All of the format page in one file, top to bottom, so that the two can be read side by side: the
// reason why it is long.
#include "tests/reference/reference_decoder.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace godwit::reference {
namespace {

// Thrown at the first thing that is wrong, caught in DecodeBatch.
struct Wrong {};

void Insist(bool truth) {
  if (!truth) throw Wrong{};
}

using Bytes = std::vector<uint8_t>;

// Bytes, from the front.
struct Input {
  Bytes bytes;
  size_t at = 0;

  uint64_t Byte() {
    Insist(at < bytes.size());
    return bytes[at++];
  }
  uint64_t Fixed(int count) {
    uint64_t value = 0;
    for (int i = 0; i < count; ++i) value += Byte() << (8 * i);
    return value;
  }
  std::string Text(uint64_t count) {
    std::string text;
    for (uint64_t i = 0; i < count; ++i) text.push_back(static_cast<char>(Byte()));
    return text;
  }
  uint64_t Varint() {
    uint64_t value = 0;
    for (int i = 0; i < 4; ++i) {
      const uint64_t byte = Byte();
      value += (byte % 128) << (7 * i);
      if (byte < 128) {
        Insist(byte > 0 || i == 0);
        return value;
      }
    }
    throw Wrong{};
  }
};

enum { kModes, kParameters, kWidths, kGaps, kEvents, kDense = 6, kText = 10, kBits = 11 };

class Reader {
 public:
  explicit Reader(Input raw) : streams_(12) {
    std::vector<uint64_t> sizes;
    for (int i = 0; i < 11; ++i) sizes.push_back(raw.Varint());
    for (int i = 0; i < 11; ++i) {
      for (uint64_t j = 0; j < sizes[i]; ++j) {
        streams_[i].bytes.push_back(static_cast<uint8_t>(raw.Byte()));
      }
    }
    while (raw.at < raw.bytes.size()) {
      streams_[kBits].bytes.push_back(static_cast<uint8_t>(raw.Byte()));
    }
  }

  uint64_t Byte(int stream) { return streams_[stream].Byte(); }
  std::string Text(uint64_t count) { return streams_[kText].Text(count); }

  uint64_t Bits(uint64_t count) {
    uint64_t value = 0;
    for (uint64_t i = 0; i < count; ++i, ++bit_) {
      Insist(bit_ / 8 < streams_[kBits].bytes.size());
      const uint64_t bit = streams_[kBits].bytes[bit_ / 8] >> (bit_ % 8) & 1;
      value |= bit << i;
    }
    return value;
  }

  uint64_t Below(uint64_t width) {
    if (width < 2) return width;
    return (uint64_t{1} << (width - 1)) + Bits(width - 1);
  }
  uint64_t Number() {
    const uint64_t width = Byte(kWidths);
    Insist(width <= 64);
    return Below(width);
  }
  uint64_t Signed() {
    const uint64_t byte = Byte(kWidths);
    Insist(byte % 128 <= 63);
    const uint64_t size = Below(byte % 128);
    return byte < 128 ? size : uint64_t{0} - 1 - size;
  }
  uint64_t Symbol(int stream, uint64_t shift) {
    const uint64_t byte = Byte(stream);
    uint64_t high = byte;
    uint64_t low_bits = shift;
    if (byte >= 16) {
      const uint64_t s = byte - 16;
      high = 4 + s % 4;
      low_bits += 2 + s / 4;
    }
    Insist(low_bits <= 64);
    const uint64_t low = Bits(low_bits);
    return low_bits == 64 ? low : (high << low_bits) + low;
  }

  bool Done() const {
    for (int i = 0; i < kBits; ++i) {
      if (streams_[i].at != streams_[i].bytes.size()) return false;
    }
    const Bytes& bits = streams_[kBits].bytes;
    if ((bit_ + 7) / 8 != bits.size()) return false;
    for (size_t i = bit_; i < bits.size() * 8; ++i) {
      if ((bits[i / 8] >> (i % 8) & 1) != 0) return false;
    }
    return true;
  }

 private:
  std::vector<Input> streams_;
  size_t bit_ = 0;
};

uint64_t ArithmeticShift(uint64_t value, int count) {
  for (; count > 0; --count) value = value / 2 + (value & uint64_t{1} << 63);
  return value;
}

uint64_t Round(uint64_t value) {
  return ArithmeticShift(value + 128, 8);
}

// The integers so far and what the formulas of the page remember.
struct Prediction {
  uint64_t predictor = 0;
  uint64_t slope = 0;
  uint64_t step = 0;
  uint64_t mean = 0;
  uint64_t trend = 0;
  std::vector<uint64_t> integers;

  uint64_t Expected() const {
    const uint64_t last = integers.back();
    if (predictor == 0) return last;
    if (predictor == 1) return last + step;
    if (predictor == 2) return last + slope;
    if (predictor <= 5) return integers.front() + Round(mean);
    return last + Round(trend);
  }
  void Learn(uint64_t x) {
    const uint64_t last = integers.back();
    step = x - last;
    if (predictor >= 3 && predictor <= 5) {
      mean += ArithmeticShift(256 * (x - integers.front()) - mean, static_cast<int>(predictor) - 2);
    }
    if (predictor >= 6) {
      const uint64_t distance = 256 * (x - last) - trend;
      trend += integers.size() == 1 ? distance : ArithmeticShift(distance, predictor == 6 ? 2 : 4);
    }
    integers.push_back(x);
  }
  void LearnResidual(uint64_t zigzag) {
    const uint64_t half = zigzag / 2;
    Learn(Expected() + (zigzag % 2 == 0 ? half : uint64_t{0} - 1 - half));
  }
};

class Decoder {
 public:
  explicit Decoder(Reader reader) : in_(std::move(reader)) {}

  void ReadBlock(Block& block, const Block* previous) {
    const uint64_t mode = in_.Byte(kModes);
    Insist(mode <= 1);
    nulls_.clear();
    if (mode == 1) {
      Insist(previous != nullptr);
      block.interval_ns = previous->interval_ns;
      block.ticks = previous->ticks;
      Count(block.ticks.size() * 2);
    } else {
      ReadTicks(block);
    }
    const uint64_t columns = in_.Number();
    Insist(columns <= 4096);
    Count(block.ticks.size() * columns);
    for (uint64_t i = 0; i < columns; ++i) block.columns.push_back(ReadColumn(block.ticks.size()));
  }

  bool Done() const { return in_.Done(); }

 private:
  void Count(uint64_t values) {
    values_ += values;
    Insist(values_ <= 1'048'576);
  }

  void ReadTicks(Block& block) {
    const uint64_t interval = in_.Number();
    const uint64_t count = in_.Number();
    const uint64_t first = in_.Signed();
    Insist(count > 0 && count <= 65'536);
    Count(count * 2);
    const Column distances = ReadColumn(count);
    const Column lateness = ReadColumn(count);
    block.interval_ns = static_cast<int64_t>(interval);
    Insist(block.interval_ns > 0);
    for (uint64_t i = 0; i < count; ++i) {
      Insist(distances.types[i] == Column::kInt && lateness.types[i] == Column::kInt);
      Insist(lateness.bits[i] <= 0xffff'ffff);
      const uint64_t time = first + i * interval + distances.bits[i];
      block.ticks.push_back({static_cast<int64_t>(time), static_cast<uint32_t>(lateness.bits[i])});
      Insist(i == 0 || block.ticks[i - 1].time_unix_ns < block.ticks[i].time_unix_ns);
    }
  }

  Column ReadColumn(uint64_t ticks) {
    const uint64_t mode = in_.Byte(kModes);
    Insist(mode < 128);
    const uint64_t extras = mode >= 64 ? in_.Byte(kParameters) : 0;
    const uint64_t form = mode % 8;
    const uint64_t coding = mode / 8 % 8;
    Insist(extras < 32 && form <= 6 && coding <= 4);
    const uint64_t exponent = form == 1 || form == 2 ? in_.Byte(kParameters) : 0;
    Insist(exponent <= 9);
    Column column;
    if ((extras & 16) != 0) column.states = ReadStates();
    column.types.assign(ticks, 0);
    column.bits.assign(ticks, 0);
    sources_.emplace_back();
    if (form == 6) ReadVerbatim(column);
    if (form >= 5) return column;

    if ((extras & 2) != 0) Insist(!nulls_.empty());
    if ((extras & 1) != 0) ReadNulls(ticks);
    std::vector<uint64_t> places;
    for (uint64_t i = 0; i < ticks; ++i) {
      if ((extras & 3) == 0 || !nulls_[i]) places.push_back(i);
    }
    Insist(!places.empty());
    const auto patches = (extras & 8) != 0 ? ReadPatches(places.size()) : std::vector<Patched>();
    const uint64_t divisor = (extras & 4) != 0 ? in_.Number() : 1;
    const auto integers = ReadIntegers(coding, places.size(), divisor);
    for (size_t i = 0; i < places.size(); ++i) {
      column.types[places[i]] = form == 0   ? Column::kInt
                                : form == 4 ? Column::kState
                                            : Column::kDouble;
      column.bits[places[i]] = BitsOf(form, exponent, integers[i]);
    }
    for (const Patched& patch : patches) {
      column.types[places[patch.value]] = patch.type;
      column.bits[places[patch.value]] = patch.bits;
    }
    CheckStates(column);
    return column;
  }

  static void CheckStates(const Column& column) {
    for (size_t i = 0; i < column.types.size(); ++i) {
      Insist(column.types[i] != Column::kState || column.bits[i] < column.states.size());
    }
  }

  std::vector<std::string> ReadStates() {
    std::vector<std::string> states;
    const uint64_t count = in_.Number();
    states_ += count;
    Insist(count <= 1024 && states_ <= 65'536);
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t size = in_.Number();
      Insist(size <= 255);
      states.push_back(in_.Text(size));
    }
    return states;
  }

  void ReadVerbatim(Column& column) {
    const std::string types = in_.Text(column.types.size());
    for (size_t i = 0; i < types.size(); ++i) {
      column.types[i] = static_cast<uint8_t>(types[i]);
      Insist(column.types[i] <= 3);
      if (column.types[i] != 0) column.bits[i] = in_.Bits(64);
    }
    CheckStates(column);
  }

  void ReadNulls(uint64_t ticks) {
    nulls_.clear();
    for (bool null = false; nulls_.size() < ticks; null = !null) {
      const uint64_t run = in_.Symbol(kGaps, 0);
      Insist(run <= ticks - nulls_.size() && (run > 0 || (nulls_.empty() && !null)));
      nulls_.insert(nulls_.end(), run, null);
    }
  }

  struct Patched {
    uint64_t value;
    uint8_t type;
    uint64_t bits;
  };
  std::vector<Patched> ReadPatches(uint64_t values) {
    std::vector<Patched> patches;
    const uint64_t count = in_.Number();
    Insist(count <= values);
    uint64_t next = 0;
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t gap = in_.Symbol(kGaps, 0);
      const auto type = static_cast<uint8_t>(in_.Byte(kParameters));
      Insist(next < values && gap < values - next && type >= 1 && type <= 3);
      next += gap;
      patches.push_back({next++, type, in_.Bits(64)});
    }
    return patches;
  }

  std::vector<uint64_t> ReadIntegers(uint64_t coding, uint64_t count, uint64_t divisor) {
    if (coding == 0) return std::vector<uint64_t>(count, 0);
    if (coding == 1) return std::vector<uint64_t>(count, in_.Signed());
    if (coding == 4) return ReadCopy(count);
    const uint64_t start = in_.Byte(kParameters);
    const uint64_t size = start / 8;
    const uint64_t sizes = coding == 2 ? 2 : 4;
    Prediction prediction{.predictor = start % 8};
    prediction.integers.push_back(in_.Signed());
    Insist(size < sizes);
    const uint64_t shift = size == sizes - 1 ? in_.Byte(kParameters) : 0;
    Insist(shift <= 60);
    if (prediction.predictor == 2) prediction.slope = in_.Signed();
    const int stream = (coding == 2 ? kEvents : kDense) + static_cast<int>(size);
    if (coding == 3) {
      while (prediction.integers.size() < count) {
        prediction.LearnResidual(in_.Symbol(stream, shift));
      }
    }
    while (prediction.integers.size() < count) {
      const uint64_t gap = in_.Symbol(kGaps, 0);
      Insist(gap <= count - prediction.integers.size());
      for (uint64_t i = 0; i < gap; ++i) prediction.LearnResidual(0);
      if (prediction.integers.size() == count) break;
      prediction.LearnResidual(in_.Symbol(stream, shift) + 1);
    }
    for (uint64_t& integer : prediction.integers) integer *= divisor;
    sources_.back() = prediction.integers;
    return prediction.integers;
  }

  std::vector<uint64_t> ReadCopy(uint64_t count) {
    const uint64_t distance = in_.Number();
    const uint64_t divisor = in_.Number();
    const uint64_t factor = in_.Number();
    Insist(distance > 0 && distance < sources_.size() && divisor > 0 && divisor >> 63 == 0);
    std::vector<uint64_t> integers = sources_[sources_.size() - 1 - distance];
    Insist(integers.size() == count);
    for (uint64_t& integer : integers) {
      const bool negative = integer >> 63 != 0;
      const uint64_t size = (negative ? uint64_t{0} - integer : integer) / divisor;
      integer = (negative ? uint64_t{0} - size : size) * factor;
    }
    return integers;
  }

  static uint64_t BitsOf(uint64_t form, uint64_t exponent, uint64_t q) {
    if (form == 0 || form == 4) return q;
    if (form == 3) return q >> 63 == 0 ? q : q ^ (~uint64_t{0} >> 1);
    double power = 1;
    for (uint64_t i = 0; i < exponent; ++i) power *= 10;
    double value = static_cast<double>(static_cast<int64_t>(q)) / power;
    if (form == 2) value = static_cast<float>(value);
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(bits));
    return bits;
  }

  Reader in_;
  std::vector<bool> nulls_;
  std::vector<std::vector<uint64_t>> sources_;
  uint64_t values_ = 0;
  uint64_t states_ = 0;
};

Bytes Inflate(const Bytes& frame) {
  const auto size = ZSTD_getFrameContentSize(frame.data(), frame.size());
  Insist(size <= 983'040);
  Insist(ZSTD_findFrameCompressedSize(frame.data(), frame.size()) == frame.size());
  Bytes raw(size);
  // Kept: the simulation decodes some small batches for each simulated minute.
  thread_local const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(),
                                                                                ZSTD_freeDCtx);
  const size_t got =
      ZSTD_decompressDCtx(context.get(), raw.data(), raw.size(), frame.data(), frame.size());
  Insist(ZSTD_isError(got) == 0 && got == size);
  return raw;
}

Batch Decode(Input in) {
  Batch batch;
  Insist(in.Text(3) == "GWB" && in.Byte() == 1);
  const uint64_t flags = in.Byte();
  Insist(flags <= 1);
  batch.wall_synchronised = flags == 1;
  const uint64_t blocks = in.Fixed(2);
  Insist(blocks <= 256);
  batch.wall_offset_ns = static_cast<int64_t>(in.Fixed(8));
  batch.boot_id = in.Text(16);
  for (uint64_t i = 0; i < blocks; ++i) batch.blocks.push_back({.table = in.Text(16)});
  const Bytes frame(in.bytes.begin() + static_cast<ptrdiff_t>(in.at), in.bytes.end());
  Decoder decoder(Reader{Input{.bytes = Inflate(frame)}});
  for (size_t i = 0; i < batch.blocks.size(); ++i) {
    decoder.ReadBlock(batch.blocks[i], i == 0 ? nullptr : &batch.blocks[i - 1]);
  }
  Insist(decoder.Done());
  return batch;
}

}  // namespace

std::optional<Batch> DecodeBatch(std::string_view bytes) {
  try {
    return Decode(Input{.bytes = Bytes(bytes.begin(), bytes.end())});
  } catch (const Wrong&) {
    return std::nullopt;
  }
}

}  // namespace godwit::reference
