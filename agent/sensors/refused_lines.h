// The lines of a program's output, or of datagrams, that a sensor does not take: how many, and the
// first few of them with the reason, in the error of the reading.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace godwit::agent {

// Thread-compatible.
class RefusedLines {
 public:
  // `line` comes from strangers; it is cleaned and cut before it is shown.
  void Add(std::string_view line, std::string_view reason);
  // The error that names what was added since the last call; OK when nothing was.
  [[nodiscard]] Status Take();
  // How many were added since the start.
  uint64_t total() const { return total_; }

 private:
  uint64_t total_ = 0;
  uint64_t count_ = 0;              // since the last Take
  std::vector<std::string> named_;  // the first of these
};

}  // namespace godwit::agent
