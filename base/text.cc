#include "base/text.h"

#include <algorithm>
#include <utility>

namespace godwit {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

// The first character of a text; of one that is not UTF-8 (RFC 3629), its first byte.
struct Character {
  uint32_t code = 0;
  size_t bytes = 1;
  bool valid = false;
};

Character Decode(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  // Followers, and the least code point that needs as many.
  const auto [followers, least] = first < 0x80             ? std::pair(0, 0u)
                                  : (first & 0xe0) == 0xc0 ? std::pair(1, 0x80u)
                                  : (first & 0xf0) == 0xe0 ? std::pair(2, 0x800u)
                                  : (first & 0xf8) == 0xf0 ? std::pair(3, 0x10000u)
                                                           : std::pair(-1, 0u);
  const Character invalid{.code = first};
  if (followers < 0 || static_cast<size_t>(followers) >= text.size()) return invalid;
  uint32_t code = followers == 0 ? first : first & (0x3fu >> followers);
  for (size_t k = 1; k <= static_cast<size_t>(followers); ++k) {
    const auto next = static_cast<unsigned char>(text[k]);
    if ((next & 0xc0) != 0x80) return invalid;
    code = code << 6 | (next & 0x3f);
  }
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < least || code > 0x10ffff || surrogate) return invalid;
  return {.code = code, .bytes = static_cast<size_t>(followers) + 1, .valid = true};
}

bool IsControl(uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

// Characters that make a line look like another one: line and paragraph separators, and marks,
// embeddings, overrides and isolates of the bidirectional algorithm (UAX 9).
bool IsMisleading(uint32_t code) {
  return code == 0x061c || code == 0x200e || code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

void AppendEscape(std::string& out, const Character& character) {
  const uint32_t code = character.code;
  if (code == '\n') {
    out += "\\n";
  } else if (code < 0x100) {
    out.append("\\x").append({kDigits[code >> 4], kDigits[code & 15]});
  } else {
    out.append("\\u").append(Hex(uint64_t{code}).substr(12));
  }
}

std::string Cleaned(std::string_view text, size_t bytes_max, bool keep_line_ends) {
  constexpr std::string_view kCut = "…";
  std::string out;
  out.reserve(std::min(text.size(), bytes_max) + kCut.size());
  size_t cut_at = 0;  // behind the last character that leaves room for kCut
  while (!text.empty()) {
    const Character next = Decode(text);
    const bool kept = next.code == '\t' || (next.code == '\n' && keep_line_ends) ||
                      (next.valid && !IsControl(next.code) && !IsMisleading(next.code));
    if (kept) {
      out.append(text.substr(0, next.bytes));
    } else {
      AppendEscape(out, next);
    }
    if (out.size() > bytes_max) {
      out.resize(cut_at);
      return out.append(kCut);
    }
    if (out.size() + kCut.size() <= bytes_max) cut_at = out.size();
    text.remove_prefix(next.bytes);
  }
  return out;
}

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
    const Character next = Decode(text.substr(i));
    if (!next.valid || IsControl(next.code)) return false;
    i += next.bytes;
  }
  return true;
}

std::string_view CutUtf8(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xc0) == 0x80) --bytes_max;
  return text.substr(0, bytes_max);
}

std::string CleanLine(std::string_view text, size_t bytes_max) {
  return Cleaned(text, bytes_max, /*keep_line_ends=*/false);
}

std::string CleanLines(std::string_view text, size_t bytes_max) {
  return Cleaned(text, bytes_max, /*keep_line_ends=*/true);
}

std::string PlainLines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    out += IsPlainUtf8(line) ? CleanLine(line, std::string_view::npos)
                             : "(a line that is not plain text)";
    if (end < text.size()) out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace godwit
