// What each sensor type is told by the settings.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace godwit::agent {

struct SystemOptions {
  std::vector<std::string> include;               // of SystemParts()
  std::map<std::string, std::string> attributes;  // added to every series
};

enum class PatternShape { kCount, kSine, kSquare };

struct PatternOptions {
  uint32_t series = 1;
  PatternShape shape = PatternShape::kCount;
  double resolution = 0;
  std::map<std::string, std::string> attributes;
};

}  // namespace godwit::agent
