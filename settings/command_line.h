// Parses the command line of both daemons: `PROGRAM [--log LEVEL] run [--config FILE]`, `config
// check|show|sample|schema|reference`, `man`, `completion`, and what each has besides: `test`,
// `once`, `doctor`, `config sandbox`, `spool stat|verify|cat|adopt|drop`, `store
// verify|backup|compact`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/log.h"

namespace godwit {

struct DaemonProgram {
  std::string name;
  std::string description;
  std::string config;  // the default path
  bool has_spool = false;
  bool has_store = false;
  bool has_sensors = false;
};

enum class DaemonCommand {
  kRun,
  kConfigCheck,
  kConfigShow,
  kConfigSample,
  kConfigSchema,
  kConfigReference,
  kConfigSandbox,
  kTest,
  kOnce,
  kDoctor,
  kRemoteExplain,
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
  std::string path;      // of a spool or store other than that of the settings
  std::string argument;  // which run or record, which device, which file, which section or sensor
  bool origin = false;   // of each setting shown
  LogLevel log_level = LogLevel::kInfo;
  std::vector<std::string> words;  // as they were typed, the program's name first
};

// Parses a command line. Returns an exit code if the answer was help, a version or an error, which
// has been printed.
std::optional<int> ParseDaemonCommandLine(int argc, char** argv, const DaemonProgram& program,
                                          DaemonCommandLine& out);

}  // namespace godwit
