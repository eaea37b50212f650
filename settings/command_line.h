// What both daemons take on the command line: `PROGRAM [--log LEVEL] run [--config FILE]`, and what
// each takes besides: `spool stat|verify|cat|adopt|drop`, `store verify|backup|compact`.
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
  bool has_store = false;
};

enum class DaemonCommand {
  kRun,
  kSpoolStat,
  kSpoolVerify,
  kSpoolCat,
  kSpoolAdopt,
  kSpoolDrop,
  kStoreVerify,
  kStoreBackup,
  kStoreCompact
};

struct DaemonCommandLine {
  DaemonCommand command = DaemonCommand::kRun;
  std::string config;
  std::string path;      // of another spool or store than the settings name
  std::string argument;  // which run or record, which device, which file
  LogLevel log_level = LogLevel::kInfo;
};

// An exit code instead, when the answer was help, a version or an error, already printed.
std::optional<int> ParseDaemonCommandLine(int argc, char** argv, const DaemonProgram& program,
                                          DaemonCommandLine& out);

}  // namespace godwit
