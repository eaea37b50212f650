#include "codec/column_decoder.h"

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "codec/limits.h"
#include "codec/predictor.h"

namespace godwit {
namespace {

Status Malformed(std::string_view what) {
  return Error(StatusCode::kInvalidArgument, Cat("batch: ", what));
}

Status CutShort() {
  return Malformed("cut short");
}

Status TooMuch(std::string_view what, uint64_t value, uint64_t limit) {
  return Error(StatusCode::kResourceExhausted,
               Cat("batch: ", value, " ", what, "; the limit is ", limit));
}

// A symbol for each integer but the first, which is there already.
template <typename P>
bool ReadDense(StreamReader& streams, StreamId stream, unsigned shift, P predictor,
               uint64_t* integer, const uint64_t* end) {
  while (++integer != end) {
    uint64_t residual = 0;
    if (!streams.GetSymbol(stream, shift, residual)) return false;
    *integer = predictor.Next() + UnZigZag(residual);
    predictor.Learn(*integer);
  }
  return true;
}

template <typename P>
bool ReadSparse(StreamReader& streams, StreamId stream, unsigned shift, P predictor,
                uint64_t* integer, const uint64_t* end) {
  ++integer;
  while (integer != end) {
    uint64_t gap = 0;
    if (!streams.GetSymbol(kGaps, 0, gap) || gap > static_cast<uint64_t>(end - integer)) {
      return false;
    }
    for (; gap > 0; --gap, ++integer) {
      *integer = predictor.Next();
      predictor.Learn(*integer);
    }
    if (integer == end) return true;
    uint64_t event = 0;
    if (!streams.GetSymbol(stream, shift, event)) return false;
    *integer = predictor.Next() + UnZigZag(event + 1);
    predictor.Learn(*integer++);
  }
  return true;
}

}  // namespace

Status ColumnDecoder::Decode(size_t ticks, Column& column) {
  uint8_t mode = 0;
  uint8_t extras = 0;
  uint8_t exponent = 0;
  if (!streams_.GetByte(kModes, mode)) return CutShort();
  if ((mode & kHasExtras) != 0 && !streams_.GetByte(kParameters, extras)) return CutShort();
  const auto form = static_cast<Form>(mode & kFormMask);
  const auto coding = static_cast<Coding>(mode >> kCodingShift & kCodingMask);
  if (form > Form::kVerbatim || coding > Coding::kCopy || mode > kModeMax || extras > kExtrasMask) {
    return Malformed("a column of an unknown kind");
  }
  if (form == Form::kDecimal || form == Form::kFloatDecimal) {
    if (!streams_.GetByte(kParameters, exponent)) return CutShort();
    if (exponent > kDecimalExponentMax) return Malformed("an exponent above nine");
  }
  if ((extras & kWithStates) != 0) GODWIT_RETURN_IF_ERROR(ReadStates(column));
  sources_.push_back({});
  column.types.assign(ticks, Column::kNull);
  column.bits.assign(ticks, 0);
  if (form == Form::kEmpty) return absl::OkStatus();
  if (form == Form::kVerbatim) return ReadVerbatim(ticks, column);

  GODWIT_RETURN_IF_ERROR(ReadNulls(ticks, extras));
  const size_t count =
      with_nulls_ ? ticks - static_cast<size_t>(std::count(nulls_.begin(), nulls_.end(), 1))
                  : ticks;
  if (count == 0) return Malformed("a column without values that is not empty");
  std::vector<Patch> patches;
  if ((extras & kPatched) != 0) GODWIT_RETURN_IF_ERROR(ReadPatches(count, patches));
  uint64_t divisor = 1;
  if ((extras & kDivided) != 0 && !streams_.GetNumber(divisor)) return CutShort();
  GODWIT_RETURN_IF_ERROR(ReadIntegers(coding, count, divisor));
  return Fill(form, exponent, patches, column);
}

Status ColumnDecoder::ReadStates(Column& column) {
  uint64_t count = 0;
  if (!streams_.GetNumber(count)) return CutShort();
  if (count > kColumnStatesMax) return TooMuch("states in a column", count, kColumnStatesMax);
  states_ += count;
  if (states_ > kBatchStatesMax) return TooMuch("states", states_, kBatchStatesMax);
  for (; count > 0; --count) {
    uint64_t size = 0;
    std::string_view state;
    if (!streams_.GetNumber(size)) return CutShort();
    if (size > kStateBytesMax) return TooMuch("bytes in a state", size, kStateBytesMax);
    if (!streams_.GetText(size, state)) return CutShort();
    column.states.emplace_back(state);
  }
  return absl::OkStatus();
}

Status ColumnDecoder::ReadNulls(size_t ticks, uint8_t extras) {
  with_nulls_ = (extras & (kOwnNulls | kSharedNulls)) != 0;
  if ((extras & kSharedNulls) != 0 && nulls_.empty()) {
    return Malformed("a column with the nulls of another column that does not exist");
  }
  if ((extras & kOwnNulls) == 0) return absl::OkStatus();
  nulls_.clear();
  for (uint8_t null = 0; nulls_.size() < ticks; null = 1 - null) {
    uint64_t run = 0;
    if (!streams_.GetSymbol(kGaps, 0, run)) return CutShort();
    if (run > ticks - nulls_.size()) return Malformed("a run of nulls beyond the last tick");
    // Only the first may be empty: a column that begins with a null.
    if (run == 0 && !nulls_.empty()) return Malformed("an empty run of nulls");
    nulls_.insert(nulls_.end(), run, null);
    if (run == 0 && null == 1) return Malformed("an empty run of nulls");
  }
  return absl::OkStatus();
}

Status ColumnDecoder::ReadPatches(size_t values, std::vector<Patch>& patches) {
  uint64_t count = 0;
  if (!streams_.GetNumber(count)) return CutShort();
  if (count > values) return Malformed("more patches than values");
  uint64_t next = 0;
  for (; count > 0; --count) {
    Patch patch;
    uint64_t gap = 0;
    uint8_t type = 0;
    if (!streams_.GetSymbol(kGaps, 0, gap) || !streams_.GetByte(kParameters, type) ||
        !streams_.GetBits(64, patch.bits)) {
      return CutShort();
    }
    if (gap >= values - next) return Malformed("a patch beyond the last value");
    if (type == Column::kNull || type > Column::kState) return Malformed("a patch of no type");
    patch.place = next + gap;
    patch.type = static_cast<Column::Type>(type);
    patches.push_back(patch);
    next = patch.place + 1;
  }
  return absl::OkStatus();
}

Status ColumnDecoder::ReadVerbatim(size_t ticks, Column& column) {
  std::string_view types;
  if (!streams_.GetText(ticks, types)) return CutShort();
  for (size_t i = 0; i < ticks; ++i) {
    const auto type = static_cast<uint8_t>(types[i]);
    if (type > Column::kState) return Malformed(Cat("unknown value type ", type));
    column.types[i] = type;
    if (type == Column::kNull) continue;
    if (!streams_.GetBits(64, column.bits[i])) return CutShort();
    if (type == Column::kState && column.bits[i] >= column.states.size()) {
      return Malformed("a state outside its dictionary");
    }
  }
  return absl::OkStatus();
}

Status ColumnDecoder::ReadIntegers(Coding coding, size_t count, uint64_t divisor) {
  first_ = integers_.size();
  integers_.resize(first_ + count);
  uint64_t* const integers = integers_.data() + first_;
  uint64_t same = 0;
  switch (coding) {
    case Coding::kConstant:
      if (!streams_.GetSigned(same)) return CutShort();
      [[fallthrough]];
    case Coding::kZero:
      std::fill_n(integers, count, same);
      return absl::OkStatus();
    case Coding::kCopy:
      return ReadCopy(count);
    default:
      GODWIT_RETURN_IF_ERROR(ReadPredicted(coding, count));
  }
  if (divisor != 1) {
    for (size_t i = 0; i < count; ++i) integers[i] *= divisor;
  }
  sources_.back() = {first_, count};
  return absl::OkStatus();
}

Status ColumnDecoder::ReadPredicted(Coding coding, size_t count) {
  uint8_t setting = 0;
  uint8_t shift = 0;
  uint64_t slope = 0;
  uint64_t* const integer = integers_.data() + first_;
  if (!streams_.GetByte(kParameters, setting) || !streams_.GetSigned(*integer)) return CutShort();
  const auto predictor = static_cast<Predictor>(setting & kPredictorMask);
  const unsigned size = setting >> kSizeShift;
  const bool dense = coding == Coding::kDense;
  const unsigned widest = dense ? kDenseWideSize : kWideEventsSize;
  if (size > widest) return Malformed("residuals of an unknown size");
  if (size == widest && !streams_.GetByte(kParameters, shift)) return CutShort();
  if (shift > kShiftMax) return Malformed("a shift above sixty");
  if (predictor == Predictor::kSlope && !streams_.GetSigned(slope)) return CutShort();
  const auto stream = static_cast<StreamId>((dense ? kDense0 : kEvents) + size);
  const bool whole = WithPredictor(predictor, *integer, slope, [&](auto start) {
    return dense ? ReadDense(streams_, stream, shift, start, integer, integer + count)
                 : ReadSparse(streams_, stream, shift, start, integer, integer + count);
  });
  return whole ? absl::OkStatus() : Malformed("residuals that do not fit their ticks");
}

Status ColumnDecoder::ReadCopy(size_t count) {
  uint64_t distance = 0;
  uint64_t divisor = 0;
  uint64_t factor = 0;
  if (!streams_.GetNumber(distance) || !streams_.GetNumber(divisor) ||
      !streams_.GetNumber(factor)) {
    return CutShort();
  }
  if (distance == 0 || distance >= sources_.size() ||
      sources_[sources_.size() - 1 - distance].count != count) {
    return Malformed("a copy of a column without such integers");
  }
  if (divisor == 0 || divisor > INT64_MAX) return Malformed("a copy with a divisor out of range");
  const size_t from = sources_[sources_.size() - 1 - distance].first;
  for (size_t i = 0; i < count; ++i) {
    const auto integer = static_cast<int64_t>(integers_[from + i]);
    integers_[first_ + i] = static_cast<uint64_t>(integer / static_cast<int64_t>(divisor)) * factor;
  }
  return absl::OkStatus();
}

Status ColumnDecoder::Fill(Form form, unsigned exponent, const std::vector<Patch>& patches,
                           Column& column) {
  const Column::Type type = TypeOf(form);
  const uint64_t* integer = integers_.data() + first_;
  auto patch = patches.begin();
  uint64_t place = 0;
  for (size_t i = 0; i < column.types.size(); ++i) {
    if (with_nulls_ && nulls_[i] == 1) continue;
    if (patch != patches.end() && patch->place == place) {
      column.types[i] = patch->type;
      column.bits[i] = patch->bits;
      ++patch;
    } else {
      column.types[i] = type;
      column.bits[i] = BitsOf(form, exponent, *integer);
    }
    if (column.types[i] == Column::kState && column.bits[i] >= column.states.size()) {
      return Malformed("a state outside its dictionary");
    }
    ++integer;
    ++place;
  }
  if (sources_.back().count == 0) integers_.resize(first_);  // nothing will copy them
  return absl::OkStatus();
}

}  // namespace godwit
