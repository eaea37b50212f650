#include "agent/device/own_files.h"

#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "settings/reload_log.h"

namespace godwit::agent {

OwnFiles::OwnFiles(Status status, Dependencies dependencies)
    : deps_(std::move(dependencies)), status_(std::move(status)) {}

void OwnFiles::Reload() {
  auto own = deps_.loader.LoadOwn();
  Status status = own.status();
  if (own.ok() && own->files_hash != deps_.applied.settings().files_hash) {
    status = TakeChanged(*std::move(own));
  } else if (own.ok() && deps_.trial.under_way()) {
    return LogWarning(
        "reload: not done while a configuration is on trial; reload again when the trial has "
        "ended");
  } else if (own.ok()) {
    status = TakeUnchanged(*own);
  }
  status_ = status;
  if (!status.ok()) LogReloadRefusal(status);
}

// A trial ends for files that can be taken, and what was confirmed for those that were.
Status OwnFiles::TakeChanged(AgentSettings own) {
  GODWIT_RETURN_IF_ERROR(deps_.applied.PrepareAllButSensors(own).status());
  deps_.configurator.AbandonTrial("the device's own files changed during the trial");
  GODWIT_ASSIGN_OR_RETURN(auto prepared, deps_.applied.Prepare(std::move(own)));
  deps_.apply(std::move(prepared));
  deps_.configurator.OwnFilesChanged();
  return absl::OkStatus();
}

// What they expand to, and the files of keys, may have changed nevertheless.
Status OwnFiles::TakeUnchanged(const AgentSettings& own) {
  GODWIT_ASSIGN_OR_RETURN(
      AgentSettings wanted,
      deps_.loader.LoadConfigured(own.sources, deps_.configurator.state().confirmed));
  GODWIT_ASSIGN_OR_RETURN(auto prepared, deps_.applied.Prepare(std::move(wanted)));
  deps_.apply(std::move(prepared));
  return absl::OkStatus();
}

void OwnFiles::CheckAfterTrial() {
  if (deps_.trial.under_way()) return;
  auto own = deps_.loader.LoadOwn();
  status_ = own.status();
  if (own.ok() && own->files_hash != deps_.applied.settings().files_hash) {
    status_ = TakeChanged(*std::move(own));
  }
  if (status_.ok()) return;
  LogError(
      Cat("configuration: the device's own files have changed but cannot be used; what was in "
          "force before the trial stays: ",
          Message(status_)));
}

}  // namespace godwit::agent
