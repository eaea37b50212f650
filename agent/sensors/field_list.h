// Files of "name value" lines, of which a sensor wants a few: /proc/meminfo, /proc/vmstat.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "agent/sensors/text_scan.h"
#include "base/status.h"
#include "base/text.h"

namespace godwit::agent {

// Fills `values[i]` with the number behind `names[i]`, which may end with a colon there. kDataLoss
// when one is missing. The names are looked for in the order in which the kernel prints them, so
// one walk over the text finds all; in any other order it starts over.
template <size_t N>
Status FindFields(std::string_view text, std::string_view file,
                  const std::array<std::string_view, N>& names, std::array<int64_t, N>& values) {
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
        if (!TakeNumber(line, values[i])) break;
        found = true;
      }
      if (!found) rest = text;
    }
    if (!found) return Error(StatusCode::kDataLoss, Cat(file, ": no '", names[i], "'"));
  }
  return absl::OkStatus();
}

}  // namespace godwit::agent
