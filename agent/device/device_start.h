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

// What a device needs to start. The device takes ownership.
struct DeviceStart {
  AgentSettings settings;  // in force: the device's own, with the confirmed configuration on top
  RunPlan plan;            // of `settings`
  // OK; or why the device's own settings files are refused. Then `settings` come from the copies of
  // those files that were kept.
  Status own_files;
  ConfigurationState state;  // of the pushed configuration
  // The file of `state`. Null: it cannot be read, and `file_error` says why.
  std::unique_ptr<ConfigurationFile> file;
  Status file_error;
  std::unique_ptr<Spool> spool;
  Commands commands;
};

}  // namespace godwit::agent
