// The options of remote control.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "agent/control/configuration_state.h"
#include "base/names.h"
#include "base/program_template.h"

namespace godwit::agent {

struct RemoteOptions {
  std::set<std::string> commands;  // kinds
  // The sensors that commands may read: patterns of "type/name", with * and ?.
  std::vector<std::string> sensors;
  std::map<std::string, ProgramTemplate> programs;  // the programs that commands may run, by name
  absl::Duration program_timeout = absl::Seconds(30);
  bool config = false;                    // whether the server may push configurations
  std::vector<std::string> config_allow;  // the settings that they may change: patterns
  std::vector<std::string> config_paths;  // the paths that their sensors may read or run: patterns
};

// The options of pushed configurations.
struct ConfigureOptions {
  bool enabled = false;
  absl::Duration confirm = absl::Seconds(90);  // how long a trial may take
  std::string files_hash;                      // of the device's own files in force
  std::vector<OwnFile> own_files;              // those files, kept during a trial
  BootId boot_id;
};

}  // namespace godwit::agent
