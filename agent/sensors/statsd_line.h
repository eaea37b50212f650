// Parses a line of statsd's protocol, "name:value|type|@rate|#key:value,key:value", which is
// hostile.
#pragma once

#include <string>
#include <string_view>

#include "codec/series.h"

namespace godwit::agent {

enum class StatsdType { kCounter, kGauge, kTimer, kSet };

struct StatsdLine {
  Series series;  // its name and attributes
  StatsdType type = StatsdType::kCounter;
  double value = 0;       // of a counter already divided by its sampling rate
  bool relative = false;  // a gauge with a sign is a change
  double weight = 1;      // of a timer: how many it stands for
  std::string_view word;  // of a set: its element
};

// Returns false if the line is not valid.
bool ParseStatsdLine(std::string_view line, StatsdLine& out);

}  // namespace godwit::agent
