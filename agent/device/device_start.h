// Defines what a device is started with.
#pragma once

#include <memory>

#include "agent/control/commander.h"
#include "agent/control/configuration_state.h"
#include "agent/device/ports.h"

namespace godwit::agent {

// The commander of a device, and its journal.
struct Commands {
  std::unique_ptr<CommandJournal> journal;  // null: the commander refuses every command
  std::unique_ptr<Commander> commander;
};

struct DeviceStart {
  AgentSettings settings;
  RunPlan plan;      // of `settings`
  Status own_files;  // not OK: why they are refused; `settings` are those of the kept copy
  ConfigurationState state;
  std::unique_ptr<ConfigurationFile> file;  // null: it cannot be read, because of
  Status file_error;
  std::unique_ptr<Spool> spool;
  Commands commands;
};

}  // namespace godwit::agent
