// The device's own settings files while the device runs: takes them up when they have changed, all
// of them or none.
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
  // All of them outlive it.
  struct Dependencies {
    SettingsLoader& loader;
    AppliedSettings& applied;
    Configurator& configurator;
    const Trial& trial;
    // Puts what was prepared in force. Nothing of it can be refused.
    std::function<void(AppliedSettings::Prepared)> apply;
  };

  // `status`: not OK: why the files were refused when the device started, which runs with a copy.
  OwnFiles(Status status, Dependencies dependencies);

  // Files that have changed rule alone from now on, and end a trial. Others are read again for what
  // they expand to and the files they name.
  void Reload();
  // Behind a trial that went back: files that have changed meanwhile are in force next.
  void CheckAfterTrial();

  // Not OK: why they are refused as they are now.
  const Status& status() const { return status_; }

 private:
  Status TakeChanged(AgentSettings own);
  Status TakeUnchanged(const AgentSettings& own);

  Dependencies deps_;
  Status status_;
};

}  // namespace godwit::agent
