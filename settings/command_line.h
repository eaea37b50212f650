// What both daemons take on the command line: `PROGRAM [--log LEVEL] run [--config FILE]`.
#pragma once

#include <optional>
#include <string>

#include "base/log.h"

namespace godwit {

struct DaemonProgram {
  std::string name;
  std::string description;
  std::string config;  // where it is when nobody says
};

struct DaemonCommandLine {
  std::string config;
  LogLevel log_level = LogLevel::kInfo;
};

// An exit code instead, when the answer was help, a version or an error, already printed.
std::optional<int> ParseDaemonCommandLine(int argc, char** argv, const DaemonProgram& program,
                                          DaemonCommandLine& out);

}  // namespace godwit
