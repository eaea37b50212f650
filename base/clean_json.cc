#include "base/clean_json.h"

#include "base/text.h"

namespace godwit {
namespace {

size_t BytesOfCharacter(unsigned char first) {
  return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

}  // namespace

std::string CleanJson(std::string_view json) {
  constexpr char kDelete = 0x7f;
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const auto first = static_cast<unsigned char>(json.front());
    const std::string_view character = json.substr(0, BytesOfCharacter(first));
    json.remove_prefix(character.size());
    // Below these a JSON text has escapes already, and line ends between its values.
    if (first < kDelete) {
      out.push_back(character.front());
      continue;
    }
    const std::string cleaned = CleanLine(character, std::string_view::npos);
    const bool is_short = cleaned != character && cleaned.starts_with("\\x");
    out.append(is_short ? Cat("\\u00", std::string_view(cleaned).substr(2)) : cleaned);
  }
  return out;
}

}  // namespace godwit
