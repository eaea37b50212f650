#include "tests/reference/random_batch.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "base/text.h"
#include "codec/limits.h"
#include "codec/zstd_frame.h"

namespace godwit::reference {
namespace {

constexpr size_t kHeadBytes = 31;

uint64_t Below(Noise& noise, uint64_t bound) {
  return noise() % bound;
}

// Any width is as likely as any other.
uint64_t AnyBits(Noise& noise) {
  return noise() >> Below(noise, 64);
}

int64_t AnyStep(Noise& noise) {
  const auto size = static_cast<int64_t>(AnyBits(noise) >> 40);
  return Below(noise, 2) == 0 ? size : -size;
}

Value Extreme(Noise& noise) {
  using Doubles = std::numeric_limits<double>;
  const std::array<Value, 14> values = {
      std::numeric_limits<int64_t>::min(),
      std::numeric_limits<int64_t>::max(),
      int64_t{-1},
      int64_t{0},
      0.0,
      -0.0,
      Doubles::infinity(),
      -Doubles::infinity(),
      Doubles::denorm_min(),
      Doubles::max(),
      Doubles::lowest(),
      9007199254740993.0,
      std::bit_cast<double>(0x7ff8'0000'0000'0000 | Below(noise, 1 << 30)),
      std::bit_cast<double>(0xfff0'0000'0000'0001 | Below(noise, 1 << 30))};
  return values[Below(noise, values.size())];
}

Value AnyValue(Noise& noise) {
  switch (Below(noise, 4)) {
    case 0:
      return static_cast<int64_t>(AnyBits(noise));
    case 1:
      return std::bit_cast<double>(noise());
    case 2:
      return Cat("state ", Below(noise, 5));
    default:
      return Extreme(noise);
  }
}

// The values of one column, one after the other.
class Source {
 public:
  Source(Sort sort, const Column* before, Noise& noise)
      : sort_(sort), before_(before), noise_(noise) {
    integer_ = static_cast<int64_t>(AnyBits(noise) >> Below(noise, 40));
    factor_ = 1 + static_cast<int64_t>(Below(noise, 5000));
    exponent_ = static_cast<int>(Below(noise, 10));
    rate_ = 1 + Below(noise, 1000);
  }

  Value At(size_t tick) {
    switch (sort_) {
      case Sort::kNoise:
        return AnyValue(noise_);
      case Sort::kConstant:
        return constant_ =
                   std::holds_alternative<std::monostate>(constant_) ? AnyValue(noise_) : constant_;
      case Sort::kCounter:
        return Add(static_cast<int64_t>(Below(noise_, rate_)) * factor_);
      case Sort::kWrappingCounter:
        return Add(static_cast<int64_t>(uint64_t{1} << 62) + factor_);
      case Sort::kGauge:
        return Add(AnyStep(noise_));
      case Sort::kDecimal:
        return static_cast<double>(Small()) / std::pow(10.0, exponent_);
      case Sort::kFloatDecimal:
        return static_cast<double>(static_cast<float>(Small()) /
                                   std::pow(10.0F, static_cast<float>(exponent_ % 4)));
      case Sort::kDouble:
        return std::sin(static_cast<double>(Add(AnyStep(noise_)))) * static_cast<double>(factor_);
      case Sort::kState:
        return Cat("state ", Below(noise_, 1 + rate_ % 9));
      case Sort::kSwitch:
        return Add(Below(noise_, rate_) == 0 ? factor_ : 0);
      case Sort::kUnit:
        if (before_ != nullptr && before_->types[tick] == Column::kInt) {
          return static_cast<int64_t>(before_->bits[tick] * static_cast<uint64_t>(factor_));
        }
        return std::monostate{};
      case Sort::kExtreme:
        return Extreme(noise_);
    }
    return std::monostate{};
  }

 private:
  int64_t Add(int64_t step) {
    integer_ = static_cast<int64_t>(static_cast<uint64_t>(integer_) + static_cast<uint64_t>(step));
    return integer_;
  }
  int64_t Small() { return Add(AnyStep(noise_) % 1000) % 1'000'000'007; }

  Sort sort_;
  const Column* before_;
  Noise& noise_;
  int64_t integer_ = 0;
  int64_t factor_ = 1;
  int exponent_ = 0;
  uint64_t rate_ = 1;
  Value constant_;
};

size_t RandomTicks(Noise& noise) {
  const size_t most = Below(noise, 20) == 0 ? 1200 : 70;
  return 1 + Below(noise, most);
}

void FillTicks(Block& block, size_t ticks, Noise& noise) {
  block.interval_ns =
      Below(noise, 4) == 0 ? 1 + static_cast<int64_t>(AnyBits(noise) >> 8) : 1'000'000'000;
  int64_t time = static_cast<int64_t>(AnyBits(noise) >> 4) - (int64_t{1} << 58);
  const bool ragged = Below(noise, 3) == 0;
  for (size_t i = 0; i < ticks; ++i) {
    const auto late = Below(noise, 10) == 0 ? static_cast<uint32_t>(AnyBits(noise)) : 0;
    block.ticks.push_back({time, late});
    time += ragged ? 1 + static_cast<int64_t>(Below(noise, 2'000'000'000)) : 1'000'000'000;
  }
}

}  // namespace

Column RandomColumn(Sort sort, size_t ticks, const Column* before, Noise& noise) {
  Column column;
  Source source(sort, before, noise);
  const uint64_t nulls = Below(noise, 3) == 0 ? 1 + Below(noise, 100) : 0;     // in 100
  const uint64_t strangers = Below(noise, 4) == 0 ? 1 + Below(noise, 20) : 0;  // in 100
  for (size_t i = 0; i < ticks; ++i) {
    const Value value = source.At(i);
    if (Below(noise, 100) < nulls) {
      column.Append(std::monostate{});
    } else {
      column.Append(Below(noise, 100) < strangers ? AnyValue(noise) : value);
    }
  }
  return column;
}

Batch RandomBatch(Noise& noise) {
  Batch batch{.boot_id = BootId(kBootIdSize, static_cast<char>(noise())),
              .wall_offset_ns = static_cast<int64_t>(noise()),
              .wall_synchronised = Below(noise, 2) == 0};
  const size_t blocks = Below(noise, 4);
  for (size_t b = 0; b < blocks; ++b) {
    Block block{.table = TableId(kTableIdSize, static_cast<char>(noise()))};
    if (b > 0 && Below(noise, 2) == 0) {
      block.ticks = batch.blocks.back().ticks;
      block.interval_ns = batch.blocks.back().interval_ns;
    } else {
      FillTicks(block, RandomTicks(noise), noise);
    }
    const size_t columns = Below(noise, 12);
    for (size_t c = 0; c < columns; ++c) {
      const Column before = block.columns.empty() ? Column() : block.columns.back();
      const auto sort = static_cast<Sort>(Below(noise, kSortCount));
      block.columns.push_back(
          RandomColumn(sort, block.ticks.size(), c == 0 ? nullptr : &before, noise));
    }
    batch.blocks.push_back(std::move(block));
  }
  return batch;
}

std::string Damaged(const std::string& bytes, Noise& noise) {
  std::string head = bytes;
  std::string raw;
  const size_t blocks = static_cast<uint8_t>(bytes[5]);
  const size_t frame = kHeadBytes + blocks * kTableIdSize;
  const bool inside = Below(noise, 8) != 0;
  if (inside) {
    head = bytes.substr(0, frame);
    GODWIT_CHECK(
        ZstdDecompressor().Decompress(bytes.substr(frame), kBatchRawBytesMax, "", raw).ok());
  }
  std::string& target = inside ? raw : head;
  for (uint64_t count = 1 + Below(noise, 3); count > 0 && !target.empty(); --count) {
    const size_t at = Below(noise, target.size());
    switch (Below(noise, 6)) {
      case 0:
        target.erase(at, 1);
        break;
      case 1:
        target.insert(at, 1, static_cast<char>(noise()));
        break;
      case 2:
        target[at] = static_cast<char>(noise());
        break;
      case 3:
        target[at] = static_cast<char>(Below(noise, 70));
        break;
      default:
        target[at] = static_cast<char>(target[at] ^ 1 << Below(noise, 8));
    }
  }
  if (inside) {
    static ZstdCompressor zstd(ZstdCompressor::Content::kStreams);
    zstd.Compress({raw}, head);
  }
  return head;
}

}  // namespace godwit::reference
