// Reads the bytes of a sequence as choices, numbers and texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace godwit::collector {

// Returns zeros at its end.
class SequenceBytes {
 public:
  explicit SequenceBytes(std::string_view bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  uint8_t Byte();
  uint64_t Below(uint64_t sides) { return Byte() % sides; }
  bool Flag() { return Byte() % 2 == 1; }
  // Returns a number near a bound, or a small one.
  uint64_t Number();
  int64_t Time() { return static_cast<int64_t>(Number()); }
  std::string Text(size_t most);

 private:
  std::string_view bytes_;
};

}  // namespace godwit::collector
