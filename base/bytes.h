// Encodes and decodes the little-endian integers and strings that all of our formats are made of.
//
// ByteReader treats its input as hostile: each Get* returns false when too few bytes are left, and
// then leaves the output untouched. It compares every length with the bytes that are left before it
// uses it.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace godwit {

static_assert(std::endian::native == std::endian::little, "formats are copied, not swapped");

template <typename T>
concept Scalar = std::is_arithmetic_v<T>;

template <Scalar T>
void Put(std::string& out, T value) {
  char raw[sizeof(T)];
  std::memcpy(raw, &value, sizeof(T));
  out.append(raw, sizeof(T));
}

// Appends the length (32 bits), then the bytes.
inline void PutSized(std::string& out, std::string_view bytes) {
  Put(out, static_cast<uint32_t>(bytes.size()));
  out.append(bytes);
}

// Appends a varint: seven bits a byte, lowest first; the eighth bit means that more bytes follow.
// At most 28 bits, which is more than any size in our formats.
inline void PutVarint(std::string& out, uint32_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

// Appends the length as a varint, then the bytes.
inline void PutText(std::string& out, std::string_view bytes) {
  PutVarint(out, static_cast<uint32_t>(bytes.size()));
  out.append(bytes);
}

// Reads values from the front of a string. Thread-compatible; borrows the bytes.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <Scalar T>
  [[nodiscard]] bool Get(T& out) {
    if (rest_.size() < sizeof(T)) return false;
    std::memcpy(&out, rest_.data(), sizeof(T));
    rest_.remove_prefix(sizeof(T));
    return true;
  }

  [[nodiscard]] bool GetBytes(size_t count, std::string_view& out) {
    if (rest_.size() < count) return false;
    out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return true;
  }

  [[nodiscard]] bool GetSized(std::string_view& out) {
    uint32_t size = 0;
    if (rest_.size() < sizeof(size)) return false;
    std::memcpy(&size, rest_.data(), sizeof(size));
    if (rest_.size() - sizeof(size) < size) return false;
    out = rest_.substr(sizeof(size), size);
    rest_.remove_prefix(sizeof(size) + size);
    return true;
  }

  // Reads a varint. Refuses an encoding that is longer than necessary, so that each number has only
  // one.
  [[nodiscard]] bool GetVarint(uint32_t& out) {
    uint32_t value = 0;
    for (size_t i = 0; i < 4 && i < rest_.size(); ++i) {
      const auto byte = static_cast<uint8_t>(rest_[i]);
      value |= (byte & 0x7fU) << (7 * i);
      if (byte >= 0x80) continue;
      if (byte == 0 && i > 0) return false;
      out = value;
      rest_.remove_prefix(i + 1);
      return true;
    }
    return false;
  }

  [[nodiscard]] bool GetText(std::string_view& out) {
    const std::string_view before = rest_;
    uint32_t size = 0;
    if (GetVarint(size) && GetBytes(size, out)) return true;
    rest_ = before;
    return false;
  }

  std::string_view rest() const { return rest_; }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace godwit
