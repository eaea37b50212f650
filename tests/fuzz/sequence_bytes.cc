#include "tests/fuzz/sequence_bytes.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace godwit::collector {

uint8_t SequenceBytes::Byte() {
  if (bytes_.empty()) return 0;
  const auto byte = static_cast<uint8_t>(bytes_.front());
  bytes_.remove_prefix(1);
  return byte;
}

uint64_t SequenceBytes::Number() {
  constexpr uint64_t kEdges[] = {
      (uint64_t{1} << 31) - 1,  uint64_t{1} << 32, uint64_t{1} << 53,
      (uint64_t{1} << 62) - 1,  uint64_t{1} << 62, (uint64_t{1} << 62) + 1,
      (uint64_t{1} << 63) - 1,  uint64_t{1} << 63, std::numeric_limits<uint64_t>::max(),
      1'790'003'600'000'000'000};
  const uint8_t byte = Byte();
  if (byte < 200) return byte % 12;
  return kEdges[byte % std::size(kEdges)] - (byte % 3 == 0 ? 1 : 0);
}

std::string SequenceBytes::Text(size_t most) {
  const size_t size = std::min({most, size_t{Byte()}, bytes_.size()});
  std::string text(bytes_.substr(0, size));
  bytes_.remove_prefix(size);
  return text;
}

}  // namespace godwit::collector
