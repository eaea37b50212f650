// The only spelling of "some bytes" and the little-endian codec of every format of ours.
//
// ByteReader treats its input as hostile: each Get* says false when too little is left and then
// leaves the output untouched; no length is believed before it was compared with what is there.
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

// Length (32 bits), then the bytes.
inline void PutSized(std::string& out, std::string_view bytes) {
  Put(out, static_cast<uint32_t>(bytes.size()));
  out.append(bytes);
}

// Thread-compatible; borrows the bytes it reads.
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

  std::string_view rest() const { return rest_; }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace godwit
