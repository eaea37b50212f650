// Reads fields of files with "name value" lines: /proc/meminfo, /proc/vmstat.
#pragma once

#include <array>
#include <string_view>

#include "agent/sensors/counter.h"
#include "agent/sensors/faults.h"
#include "agent/sensors/text_scan.h"
#include "base/text.h"

namespace godwit::agent {

// Returns the number of each of `names`, which may be followed by a colon in the text. A field that
// is missing, or has no number, is none and named in `faults`. The names are expected in the order
// in which the kernel prints them, so one pass over the text finds all; in any other order it
// starts again.
template <size_t N>
std::array<Counter, N> FindFields(std::string_view text, std::string_view file,
                                  const std::array<std::string_view, N>& names, Faults& faults) {
  std::array<Counter, N> values;
  std::string_view rest = text;
  for (size_t i = 0; i < N; ++i) {
    bool found = false;
    for (int round = 0; round < 2 && !found; ++round) {
      std::string_view line;
      while (!found && TakeLine(rest, line)) {
        if (!line.starts_with(names[i])) continue;
        line.remove_prefix(names[i].size());
        if (line.starts_with(':')) line.remove_prefix(1);
        if (!line.starts_with(' ')) continue;
        values[i] = TakeCounter(line);
        found = true;
      }
      if (!found) rest = text;
    }
    if (!found) {
      faults.Add(Cat(file, ": no '", names[i], "'"));
    } else if (!values[i]) {
      faults.Add(Cat(file, ": '", names[i], "' has no number from 0 to 2^64-1"));
    }
  }
  return values;
}

}  // namespace godwit::agent
