#include "agent/sensors/text_scan.h"

namespace godwit::agent {

bool TakeWord(std::string_view& text, std::string_view& word) {
  const size_t begin = text.find_first_not_of(" \t\n");
  if (begin == std::string_view::npos) return false;
  text.remove_prefix(begin);
  word = text.substr(0, text.find_first_of(" \t\n"));
  text.remove_prefix(word.size());
  return true;
}

bool TakeLine(std::string_view& text, std::string_view& line) {
  if (text.empty()) return false;
  const size_t end = text.find('\n');
  line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return true;
}

}  // namespace godwit::agent
