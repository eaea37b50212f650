// Reloads the device's own settings files while the device runs, when they have changed: all of
// them or none.
#pragma once

#include <functional>

#include "agent/control/configurator.h"
#include "agent/device/applied_settings.h"
#include "agent/device/ports.h"
#include "agent/device/trial.h"

namespace godwit::agent {

// Loop-confined.
class OwnFiles {
 public:
  // The dependencies. All of them outlive it.
  struct Dependencies {
    SettingsLoader& loader;
    AppliedSettings& applied;
    Configurator& configurator;
    const Trial& trial;
    // Puts prepared settings in force. Cannot fail.
    std::function<void(AppliedSettings::Prepared)> apply;
  };

  // `status` is the reason why the files were refused when the device started, which runs with a
  // copy then; else OK.
  OwnFiles(Status status, Dependencies dependencies);

  // Reloads the files. If they have changed, they are in force alone from now on, and a trial ends.
  // If not, what they expand to and the files they name are read again.
  void Reload();
  // Checks the files after a trial that was rolled back: changed files are put in force.
  void CheckAfterTrial();

  // Returns why the files are refused as they are now, or OK.
  const Status& status() const { return status_; }

 private:
  Status TakeChanged(AgentSettings own);
  Status TakeUnchanged(const AgentSettings& own);

  Dependencies deps_;
  Status status_;
};

}  // namespace godwit::agent
