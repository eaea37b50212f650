// Collects everything that is wrong with some settings, each problem with its place, to show them
// together:
//
//   agent.toml:14:1: error: unknown key 'max_sise' in [spool]
//      14 | max_sise = "256MiB"
//         | ^^^^^^^^ did you mean 'max_bytes'?
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "settings/source_file.h"

namespace godwit {

// The problems found so far. Thread-compatible.
class Problems {
 public:
  // Adds a problem. `hint` follows the caret and says what to write instead; may be empty.
  void Add(const Place& place, std::string_view message, std::string_view hint = "");

  bool empty() const { return problems_.empty(); }
  // Returns OK if there are none, else kInvalidArgument with all of them in the order of files and
  // lines, and their number in the last line.
  [[nodiscard]] Status ToStatus() const;

 private:
  struct Problem {
    Place place;
    std::string message;
    std::string hint;
  };
  std::vector<const SourceFile*> files_;  // in the order they were first seen
  std::vector<Problem> problems_;
};

// Returns the one of `names` that was probably meant by `name`; empty if none is near: at most a
// third of the letters may differ (Levenshtein's distance; a swap of neighbours counts once).
std::string_view NearestName(std::string_view name, const std::vector<std::string_view>& names);

}  // namespace godwit
