// Counts the lines of a program's output, or of datagrams, that a sensor refuses, and reports the
// first few with their reasons in the error of the reading.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace godwit::agent {

// The refused lines of a sensor. Thread-compatible.
class RefusedLines {
 public:
  // Adds a refused line. `line` is foreign: it is cleaned and cut before it is shown.
  void Add(std::string_view line, std::string_view reason);
  // Returns kInvalidArgument with the number of lines added since the last call and the first three
  // of them; OK if there are none.
  [[nodiscard]] Status Take();
  // Returns how many lines were added since the start.
  uint64_t total() const { return total_; }

 private:
  uint64_t total_ = 0;
  uint64_t count_ = 0;              // since the last Take
  std::vector<std::string> named_;  // the first of these
};

}  // namespace godwit::agent
