#include "base/text.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace godwit {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

}  // namespace

std::string Hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

std::string Hex(uint64_t value) {
  std::string out(16, '0');
  for (size_t i = out.size(); i-- > 0; value >>= 4) out[i] = kDigits[value & 15];
  return out;
}

bool IsPlainUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first < 0x20 || first == 0x7f) return false;
    // Followers, and the least code point that needs as many (RFC 3629).
    const auto [followers, least] = first < 0x80             ? std::pair(0, 0u)
                                    : (first & 0xe0) == 0xc0 ? std::pair(1, 0x80u)
                                    : (first & 0xf0) == 0xe0 ? std::pair(2, 0x800u)
                                    : (first & 0xf8) == 0xf0 ? std::pair(3, 0x10000u)
                                                             : std::pair(-1, 0u);
    if (followers < 0 || i + static_cast<size_t>(followers) >= text.size()) return false;
    unsigned code = followers == 0 ? first : first & (0x3fu >> followers);
    for (int k = 1; k <= followers; ++k) {
      const auto next = static_cast<unsigned char>(text[i + static_cast<size_t>(k)]);
      if ((next & 0xc0) != 0x80) return false;
      code = code << 6 | (next & 0x3f);
    }
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    const bool control = code >= 0x80 && code < 0xa0;
    if (code < least || code > 0x10ffff || surrogate || control) return false;
    i += static_cast<size_t>(followers) + 1;
  }
  return true;
}

std::string_view CutUtf8(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xc0) == 0x80) --bytes_max;
  return text.substr(0, bytes_max);
}

std::string PlainLines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    out += IsPlainUtf8(line) ? line : "(a line that is no plain text)";
    if (end < text.size()) out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace godwit
