// Running another program once: its output, and how it ended.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/status.h"

namespace godwit {

struct ProgramRequest {
  std::vector<std::string> command;  // the program by its full path, then its arguments; no shell
  std::map<std::string, std::string> environment;  // all that it finds there
  absl::Duration deadline;                         // then it is ended, with all it has started
  size_t output_bytes_max = 0;                     // then too
};

struct ProgramResult {
  enum class End { kExited, kSignalled, kDeadline, kFlooded };
  End end = End::kExited;
  int code = 0;  // exit code, or the signal's number
  std::string output;
  std::string error_output;  // its end: the last kErrorOutputBytesMax bytes
};

inline constexpr size_t kErrorOutputBytesMax = 1024;

// Thread-safe.
class ProgramRunner {
 public:
  virtual ~ProgramRunner() = default;
  // Blocks until the program has ended, at most a second or two longer than its deadline. When it
  // returns, nothing that it started runs any more. kNotFound, kPermissionDenied: it could not be
  // started. kDeadlineExceeded: it hangs in the kernel, where no signal ends it, and was left
  // behind. kUnavailable, kResourceExhausted: it was not started, or nobody knows how it ended.
  [[nodiscard]] virtual StatusOr<ProgramResult> Run(const ProgramRequest& request) = 0;
};

}  // namespace godwit
