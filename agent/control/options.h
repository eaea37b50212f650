// What the device's owner lets the server do. Filled from [remote] of the local file by the
// composition root; nothing remote can change it.
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
  std::set<std::string> commands;    // kinds
  // That commands may read: patterns of "type/name", with * and ?.
  std::vector<std::string> sensors;
  std::map<std::string, ProgramTemplate> programs;  // that commands may run, by name
  absl::Duration program_timeout = absl::Seconds(30);
  bool config = false;                    // it may push configurations
  std::vector<std::string> config_allow;  // what they may set: patterns
  std::vector<std::string> config_paths;  // what their sensors may read or run: patterns
};

// How configurations are taken.
struct ConfigureOptions {
  bool enabled = false;
  absl::Duration confirm = absl::Seconds(90);  // so long a trial may take
  std::string files_hash;                      // of the device's own files, as they run
  std::vector<OwnFile> own_files;              // the same, to be kept while something is tried
  BootId boot_id;
};

}  // namespace godwit::agent
