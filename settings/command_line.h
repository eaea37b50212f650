// What both daemons take on the command line: `PROGRAM [--log LEVEL] run [--config FILE]`, and what
// the agent takes besides: `spool stat|verify|cat|adopt|drop`.
#pragma once

#include <optional>
#include <string>

#include "base/log.h"

namespace godwit {

struct DaemonProgram {
  std::string name;
  std::string description;
  std::string config;  // where it is when nobody says
  bool has_spool = false;
};

enum class DaemonCommand { kRun, kSpoolStat, kSpoolVerify, kSpoolCat, kSpoolAdopt, kSpoolDrop };

struct DaemonCommandLine {
  DaemonCommand command = DaemonCommand::kRun;
  std::string config;
  std::string spool_path;  // of another spool than the settings name: a card from elsewhere
  std::string argument;    // which run or record, which device
  LogLevel log_level = LogLevel::kInfo;
};

// An exit code instead, when the answer was help, a version or an error, already printed.
std::optional<int> ParseDaemonCommandLine(int argc, char** argv, const DaemonProgram& program,
                                          DaemonCommandLine& out);

}  // namespace godwit
