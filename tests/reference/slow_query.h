// What a query must answer, computed the slow and plain way from the lines of an export: every
// sample in one list, looked through again for each series and step.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "codec/value.h"
#include "collector/fleet/step_windows.h"

namespace godwit::reference {

struct Line {
  std::string series;
  std::string kind;
  int64_t time_unix_ns = 0;
  Value value;
};

// Of `godwit export`, as the command prints them.
std::vector<Line> ParseJsonLines(std::string_view text);

struct Question {
  collector::Aggregate aggregate = collector::Aggregate::kMean;
  int64_t since_unix_ns = 0;
  int64_t until_unix_ns = 0;
  int64_t step_ns = 0;
  int64_t window_ns = 0;
};
using Answer = std::map<std::pair<std::string, int64_t>, Value>;  // by series and step
// All three times of the question are multiples of the step.
Answer SlowQuery(const std::vector<Line>& lines, const Question& question);

}  // namespace godwit::reference
