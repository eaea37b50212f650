// Runs another program once, and returns its output and how it ended.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/status.h"

namespace godwit {

struct ProgramRequest {
  std::vector<std::string> command;  // the program by its full path, then its arguments; no shell
  std::map<std::string, std::string> environment;  // its whole environment
  absl::Duration deadline;                         // then it and all it has started are killed
  size_t output_bytes_max = 0;                     // the most output; more kills it as well
};

struct ProgramResult {
  enum class End { kExited, kSignalled, kDeadline, kFlooded };
  End end = End::kExited;
  int code = 0;  // exit code, or the signal's number
  std::string output;
  std::string error_output;  // the last kErrorOutputBytesMax bytes of it
};

inline constexpr size_t kErrorOutputBytesMax = 1024;

// Thread-safe.
class ProgramRunner {
 public:
  virtual ~ProgramRunner() = default;
  // Runs the program, and blocks until it has ended: at most a second or two longer than its
  // deadline. Afterwards nothing that it started runs any more. kNotFound, kPermissionDenied: it
  // could not be started. kDeadlineExceeded: it hangs in the kernel, where no signal ends it, and
  // was abandoned. kUnavailable, kResourceExhausted: it was not started, or how it ended is not
  // known.
  [[nodiscard]] virtual StatusOr<ProgramResult> Run(const ProgramRequest& request) = 0;
};

}  // namespace godwit
