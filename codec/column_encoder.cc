#include "codec/column_encoder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <numeric>
#include <string>

#include "base/checksum.h"

namespace godwit {
namespace {

// Sixteenths of a bit that a residual will take, about: its size, and more if it is not zero.
constexpr uint64_t kBit = 16;
const auto kCostsOfSmall = [] {
  std::array<uint8_t, 64> costs{};
  for (size_t i = 1; i < costs.size(); ++i) {
    costs[i] = static_cast<uint8_t>(kBit * (1.0 + std::log2(static_cast<double>(i))));
  }
  return costs;
}();
uint64_t CostOfResidual(uint64_t zigzag) {
  if (zigzag < kCostsOfSmall.size()) return kCostsOfSmall[zigzag];
  return kBit * static_cast<uint64_t>(std::bit_width(zigzag)) + kBit / 2;
}

uint64_t SizeOf(uint64_t integer) {
  return integer >> 63 == 0 ? integer : uint64_t{0} - integer;
}

// Of all integers, or 1.
uint64_t CommonDivisor(const std::vector<uint64_t>& integers) {
  uint64_t divisor = 0;
  for (const uint64_t integer : integers) {
    const uint64_t size = SizeOf(integer);
    if (divisor != 0 && size % divisor == 0) continue;
    divisor = std::gcd(divisor, size);
    if (divisor == 1) break;
  }
  return divisor > INT64_MAX ? 1 : divisor;
}

uint64_t Quotient(uint64_t integer, uint64_t divisor) {
  return static_cast<uint64_t>(static_cast<int64_t>(integer) / static_cast<int64_t>(divisor));
}

bool SamePlaces(const Column& a, const Column& b) {
  return std::equal(
      a.types.begin(), a.types.end(), b.types.begin(), b.types.end(),
      [](uint8_t x, uint8_t y) { return (x == Column::kNull) == (y == Column::kNull); });
}

// The most low bits that are as good as random: at most a sixth of the numbers have none above
// them.
unsigned ShiftFor(const std::vector<uint64_t>& numbers) {
  std::array<size_t, 65> widths{};
  for (const uint64_t number : numbers) ++widths[std::bit_width(number)];
  size_t below = 0;
  for (unsigned shift = 0; shift <= kShiftMax; ++shift) {
    below += widths[shift];
    if (below * 6 > numbers.size()) return shift == 0 ? 0 : shift - 1;
  }
  return numbers.empty() ? 0 : kShiftMax;
}

// Of the narrow ones: under a step, a few steps, more, by their mean; a single large one counts
// little.
unsigned SizeClass(const std::vector<uint64_t>& residuals) {
  uint64_t sum = 0;
  for (const uint64_t residual : residuals) sum += std::min<uint64_t>(residual, 64);
  if (sum < residuals.size()) return 0;
  return sum * 2 < residuals.size() * 5 ? 1 : 2;
}

}  // namespace

void ColumnEncoder::StartBatch() {
  sources_.clear();
  columns_ = 0;
}

void ColumnEncoder::Encode(const Column& column) {
  FormColumn(column, formed_);
  const uint8_t extras = ExtrasOf(column);
  const auto& integers = formed_.integers;
  if (formed_.form == Form::kEmpty) {
    PutHead(column, Coding::kZero, extras);
  } else if (formed_.form == Form::kVerbatim) {
    PutVerbatim(column);
  } else if (std::adjacent_find(integers.begin(), integers.end(), std::not_equal_to<>()) ==
             integers.end()) {
    PutSame(column, extras);
  } else {
    const uint64_t divisor = CommonDivisor(integers);
    if (!PutCopy(column, extras, divisor)) {
      PutPredicted(column, extras, WorthDividing(divisor) ? divisor : 1);
    }
  }
  ++columns_;
}

uint8_t ColumnEncoder::ExtrasOf(const Column& column) const {
  uint8_t extras = column.states.empty() ? 0 : kWithStates;
  if (formed_.form == Form::kEmpty || formed_.form == Form::kVerbatim) return extras;
  if (!formed_.patches.empty()) extras |= kPatched;
  if (formed_.integers.size() < column.types.size()) {
    const bool shared = with_nulls_ != nullptr && SamePlaces(*with_nulls_, column);
    extras |= shared ? kSharedNulls : kOwnNulls;
  }
  return extras;
}

void ColumnEncoder::PutHead(const Column& column, Coding coding, uint8_t extras) {
  const auto form = static_cast<uint8_t>(formed_.form);
  const auto mode = static_cast<uint8_t>(form | static_cast<uint8_t>(coding) << kCodingShift);
  streams_.PutByte(kModes, extras == 0 ? mode : mode | kHasExtras);
  if (extras != 0) streams_.PutByte(kParameters, extras);
  if (formed_.form == Form::kDecimal || formed_.form == Form::kFloatDecimal) {
    streams_.PutByte(kParameters, static_cast<uint8_t>(formed_.exponent));
  }
  if ((extras & kWithStates) != 0) PutStates(column);
  if ((extras & kOwnNulls) != 0) PutNulls(column);
  if ((extras & kPatched) != 0) PutPatches();
}

// Runs in turn, values first; the last one reaches to the end.
void ColumnEncoder::PutNulls(const Column& column) {
  with_nulls_ = &column;
  bool null = false;
  uint64_t run = 0;
  for (const uint8_t type : column.types) {
    if ((type == Column::kNull) != null) {
      streams_.PutSymbol(kGaps, run, 0);
      run = 0;
      null = !null;
    }
    ++run;
  }
  streams_.PutSymbol(kGaps, run, 0);
}

void ColumnEncoder::PutStates(const Column& column) {
  streams_.PutNumber(column.states.size());
  for (const std::string& state : column.states) {
    streams_.PutNumber(state.size());
    streams_.PutText(state);
  }
}

void ColumnEncoder::PutPatches() {
  streams_.PutNumber(formed_.patches.size());
  uint64_t next = 0;
  for (const Patch& patch : formed_.patches) {
    streams_.PutSymbol(kGaps, patch.place - next, 0);
    streams_.PutByte(kParameters, patch.type);
    streams_.PutBits(patch.bits, 64);
    next = patch.place + 1;
  }
}

void ColumnEncoder::PutVerbatim(const Column& column) {
  PutHead(column, Coding::kZero, ExtrasOf(column));
  for (size_t i = 0; i < column.types.size(); ++i) {
    streams_.PutByte(kText, column.types[i]);
    if (column.types[i] != Column::kNull) streams_.PutBits(column.bits[i], 64);
  }
}

void ColumnEncoder::PutSame(const Column& column, uint8_t extras) {
  const uint64_t integer = formed_.integers.front();
  PutHead(column, integer == 0 ? Coding::kZero : Coding::kConstant, extras);
  if (integer != 0) streams_.PutSigned(integer);
}

// In /proc many columns are others in another unit: pages and kilobytes.
bool ColumnEncoder::PutCopy(const Column& column, uint8_t extras, uint64_t divisor) {
  quotients_.clear();
  for (const uint64_t integer : formed_.integers) quotients_.push_back(Quotient(integer, divisor));
  const uint64_t hash =
      Checksum({reinterpret_cast<const char*>(quotients_.data()), quotients_.size() * 8});
  const auto [found, fresh] = sources_.try_emplace(hash, Source{columns_, &column});
  uint64_t earlier_divisor = 1;
  if (fresh || !SameQuotients(*found->second.column, earlier_divisor)) return false;
  PutHead(column, Coding::kCopy, extras);
  streams_.PutNumber(columns_ - found->second.number);
  streams_.PutNumber(earlier_divisor);
  streams_.PutNumber(divisor);
  return true;
}

bool ColumnEncoder::SameQuotients(const Column& column, uint64_t& divisor) {
  FormColumn(column, earlier_);
  divisor = CommonDivisor(earlier_.integers);
  return std::equal(
      quotients_.begin(), quotients_.end(), earlier_.integers.begin(), earlier_.integers.end(),
      [&](uint64_t quotient, uint64_t integer) { return Quotient(integer, divisor) == quotient; });
}

// Saves the divisor's bits at each change, and costs them once with some for the number itself.
bool ColumnEncoder::WorthDividing(uint64_t divisor) const {
  if (divisor == 1) return false;
  uint64_t changes = 0;
  for (size_t i = 1; i < formed_.integers.size(); ++i) {
    if (formed_.integers[i] != formed_.integers[i - 1]) ++changes;
  }
  const auto width = static_cast<uint64_t>(std::bit_width(divisor)) - 1;
  return changes * width > width + 6;
}

uint64_t ColumnEncoder::CostOf(const Plan& plan) const {
  const auto& integers = formed_.integers;
  return WithPredictor(plan.predictor, integers.front(), plan.slope, [&](auto predictor) {
    uint64_t cost = 0;
    for (size_t i = 1; i < integers.size(); ++i) {
      cost += CostOfResidual(ZigZag(integers[i] - predictor.Next()));
      predictor.Learn(integers[i]);
    }
    return cost;
  });
}

ColumnEncoder::Plan ColumnEncoder::Choose() {
  const auto& integers = formed_.integers;
  Plan best;
  uint64_t least = CostOf(best);
  steps_.clear();
  for (size_t i = 1; i < integers.size(); ++i) steps_.push_back(integers[i] - integers[i - 1]);
  const auto zeros = static_cast<size_t>(std::count(steps_.begin(), steps_.end(), 0));
  if (zeros * 8 >= steps_.size() * 7) return best;
  const auto middle = steps_.begin() + static_cast<ptrdiff_t>(steps_.size() / 2);
  std::nth_element(steps_.begin(), middle, steps_.end(), [](uint64_t a, uint64_t b) {
    return static_cast<int64_t>(a) < static_cast<int64_t>(b);
  });
  for (uint8_t i = 1; i < kPredictorCount; ++i) {
    Plan plan{.predictor = static_cast<Predictor>(i)};
    uint64_t cost = 0;
    if (plan.predictor == Predictor::kSlope) {
      if (*middle == 0) continue;
      plan.slope = *middle;
      cost = kBit * (4 + static_cast<uint64_t>(std::bit_width(SizeOf(plan.slope))));
    }
    cost += CostOf(plan);
    if (cost < least) {
      least = cost;
      best = plan;
    }
  }
  return best;
}

void ColumnEncoder::MakeResiduals(const Plan& plan) {
  const auto& integers = formed_.integers;
  residuals_.clear();
  WithPredictor(plan.predictor, integers.front(), plan.slope, [&](auto predictor) {
    for (size_t i = 1; i < integers.size(); ++i) {
      residuals_.push_back(ZigZag(integers[i] - predictor.Next()));
      predictor.Learn(integers[i]);
    }
  });
}

void ColumnEncoder::PutPredicted(const Column& column, uint8_t extras, uint64_t divisor) {
  if (divisor > 1) {
    extras |= kDivided;
    for (uint64_t& integer : formed_.integers) integer = Quotient(integer, divisor);
  }
  const Plan plan = Choose();
  MakeResiduals(plan);
  const auto zeros =
      static_cast<uint64_t>(std::count(residuals_.begin(), residuals_.end(), uint64_t{0}));
  // Huffman's shortest code is a bit: from here on a gap is shorter than the zeros it stands for.
  const bool sparse = zeros * 10 >= residuals_.size() * 6;
  PutHead(column, sparse ? Coding::kSparse : Coding::kDense, extras);
  if (divisor > 1) streams_.PutNumber(divisor);
  sparse ? PutEvents(plan) : PutDense(plan);
}

void ColumnEncoder::PutStart(const Plan& plan, unsigned size, unsigned shift) {
  streams_.PutByte(kParameters, static_cast<uint8_t>(static_cast<unsigned>(plan.predictor) |
                                                     size << kSizeShift));
  if (shift > 0) streams_.PutByte(kParameters, static_cast<uint8_t>(shift));
  streams_.PutSigned(formed_.integers.front());
  if (plan.predictor == Predictor::kSlope) streams_.PutSigned(plan.slope);
}

void ColumnEncoder::PutEvents(const Plan& plan) {
  events_.clear();
  for (const uint64_t residual : residuals_) {
    if (residual != 0) events_.push_back(residual - 1);
  }
  const unsigned shift = ShiftFor(events_);
  const unsigned size = shift > 0 ? kWideEventsSize : 0;
  PutStart(plan, size, shift);
  const auto stream = static_cast<StreamId>(kEvents + size);
  uint64_t gap = 0;
  for (const uint64_t residual : residuals_) {
    if (residual == 0) {
      ++gap;
      continue;
    }
    streams_.PutSymbol(kGaps, gap, 0);
    streams_.PutSymbol(stream, residual - 1, shift);
    gap = 0;
  }
  if (gap > 0) streams_.PutSymbol(kGaps, gap, 0);
}

void ColumnEncoder::PutDense(const Plan& plan) {
  const unsigned shift = ShiftFor(residuals_);
  const unsigned size = shift > 0 ? kDenseWideSize : SizeClass(residuals_);
  PutStart(plan, size, shift);
  const auto stream = static_cast<StreamId>(kDense0 + size);
  for (const uint64_t residual : residuals_) streams_.PutSymbol(stream, residual, shift);
}

}  // namespace godwit
