#include "codec/streams.h"

#include "base/text.h"

namespace godwit {
namespace {

constexpr uint8_t kNegative = 0x80;

}  // namespace

void StreamWriter::Clear() {
  for (std::string& stream : bytes_) stream.clear();
}

void StreamWriter::PutNumber(uint64_t number) {
  const auto width = static_cast<unsigned>(std::bit_width(number));
  PutByte(kWidths, static_cast<uint8_t>(width));
  if (width > 1) bits_.Write(number, width - 1);
}

void StreamWriter::PutSigned(uint64_t number) {
  const bool negative = number >> 63 != 0;
  const uint64_t size = negative ? ~number : number;
  const auto width = static_cast<unsigned>(std::bit_width(size));
  PutByte(kWidths, static_cast<uint8_t>(width | (negative ? kNegative : 0)));
  if (width > 1) bits_.Write(size, width - 1);
}

size_t StreamWriter::size() const {
  size_t size = 0;
  for (const std::string& stream : bytes_) size += stream.size();
  return size;
}

void StreamWriter::CopyTo(std::string& raw) const {
  raw.clear();
  for (int i = 0; i < kBits; ++i) PutVarint(raw, static_cast<uint32_t>(bytes_[i].size()));
  for (const std::string& stream : bytes_) raw.append(stream);
}

StatusOr<StreamReader> StreamReader::Open(std::string_view raw) {
  ByteReader bytes(raw);
  std::array<uint32_t, kStreamCount> sizes{};
  for (int i = 0; i < kBits; ++i) {
    if (!bytes.GetVarint(sizes[i])) {
      return Error(StatusCode::kInvalidArgument, "batch: the sizes of its streams are damaged");
    }
  }
  StreamReader reader;
  for (int i = 0; i < kBits; ++i) {
    if (!bytes.GetBytes(sizes[i], reader.rest_[i])) {
      return Error(StatusCode::kInvalidArgument,
                   Cat("batch: stream ", i, " ends beyond the end of the batch"));
    }
  }
  reader.bits_ = BitReader(bytes.rest());
  return reader;
}

bool StreamReader::GetText(size_t size, std::string_view& text) {
  std::string_view& rest = rest_[kText];
  if (rest.size() < size) return false;
  text = rest.substr(0, size);
  rest.remove_prefix(size);
  return true;
}

bool StreamReader::GetNumber(uint64_t& number) {
  uint8_t width = 0;
  if (!GetByte(kWidths, width) || width > 64) return false;
  number = width;  // 0 and 1 are their own widths
  if (width < 2) return true;
  uint64_t bits = 0;
  if (!bits_.Read(width - 1U, bits)) return false;
  number = uint64_t{1} << (width - 1) | bits;
  return true;
}

bool StreamReader::GetSigned(uint64_t& number) {
  uint8_t byte = 0;
  if (!GetByte(kWidths, byte)) return false;
  const unsigned width = byte & ~kNegative;
  if (width > 63) return false;
  number = width;
  if (width > 1) {
    uint64_t bits = 0;
    if (!bits_.Read(width - 1, bits)) return false;
    number = uint64_t{1} << (width - 1) | bits;
  }
  if ((byte & kNegative) != 0) number = ~number;
  return true;
}

bool StreamReader::done() const {
  for (int i = 0; i < kBits; ++i) {
    if (!rest_[i].empty()) return false;
  }
  return bits_.done();
}

}  // namespace godwit
