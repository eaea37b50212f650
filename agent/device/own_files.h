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

  // `status` is OK if the device started with its files. Otherwise it is the reason why they were
  // refused: the device then started with the kept copy of them.
  OwnFiles(Status status, Dependencies dependencies);

  // Reloads the files. If they have changed, they replace the pushed configuration, too, and a
  // trial fails. If they have not, what they expand to (environment, ${file:…}) and the files that
  // they name (keys, certificates) are read again, and the confirmed configuration stays; while a
  // trial is under way this is refused with a warning in the log. An error is logged and is in
  // status(); the settings in force stay, or those from before the trial.
  void Reload();
  // Checks the files after a trial that was rolled back, and puts changed files in force. An error
  // is logged and is in status().
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
