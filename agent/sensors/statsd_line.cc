#include "agent/sensors/statsd_line.h"

#include <cmath>
#include <map>

#include "agent/sensors/text_scan.h"

namespace godwit::agent {
namespace {

// Takes what stands before `separator` off `text`, which is all of it when there is none.
std::string_view TakeUntil(std::string_view& text, char separator) {
  const size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return part;
}

bool TypeNamed(std::string_view name, StatsdType& type) {
  if (name == "c") {
    type = StatsdType::kCounter;
  } else if (name == "g") {
    type = StatsdType::kGauge;
  } else if (name == "ms" || name == "h" || name == "d") {
    type = StatsdType::kTimer;
  } else if (name == "s") {
    type = StatsdType::kSet;
  } else {
    return false;
  }
  return true;
}

bool ParseTags(std::string_view tags, std::map<std::string, std::string>& attributes) {
  while (!tags.empty()) {
    std::string_view value = TakeUntil(tags, ',');
    const std::string_view key = TakeUntil(value, ':');
    if (key.empty()) return false;
    attributes.emplace(key, value);
  }
  return true;
}

}  // namespace

bool ParseStatsdLine(std::string_view line, StatsdLine& out) {
  out.series.name = TakeUntil(line, ':');
  if (out.series.name.empty() || line.empty()) return false;
  std::string_view number = TakeUntil(line, '|');
  if (!TypeNamed(TakeUntil(line, '|'), out.type)) return false;
  double rate = 1;
  while (!line.empty()) {
    std::string_view part = TakeUntil(line, '|');
    if (part.starts_with('@')) {
      part.remove_prefix(1);
      if (!ParseNumber(part, rate) || !(rate > 0 && rate <= 1)) return false;
    } else if (part.starts_with('#')) {
      part.remove_prefix(1);
      if (!ParseTags(part, out.series.attributes)) return false;
    } else {
      return false;
    }
  }
  if (out.type == StatsdType::kSet) {
    out.word = number;
    return !number.empty();
  }
  out.relative = number.starts_with('+') || number.starts_with('-');
  if (!ParseNumber(number, out.value)) return false;
  if (out.type == StatsdType::kCounter) out.value /= rate;
  if (out.type == StatsdType::kTimer) out.weight = 1 / rate;
  return true;
}

}  // namespace godwit::agent
