// Settings that change under a running agent: by SIGHUP, as the files have them now, and by
// configurations that are tried. All of them or none; what did not change is not disturbed.
#include <string>
#include <utility>

#include "agent/agent_parts.h"
#include "agent/assembly.h"
#include "agent/run_plan.h"
#include "base/log.h"
#include "base/text.h"
#include "settings/reload_log.h"

namespace godwit::agent {

void Agent::Parts::Reload() {
  if (stopping) return;
  supervision->Reloading();
  TakeOwnFiles();
  supervision->Reloaded();
}

// The device's own files, where they have changed, rule alone.
void Agent::Parts::TakeOwnFiles() {
  auto own = load_own();
  Status status = own.status();
  if (own.ok() && own->files_hash != settings.files_hash) {
    status = TakeChangedFiles(*std::move(own));
  } else if (own.ok() && tried != nullptr) {
    return LogWarning("reload: a configuration is on trial, which ends by itself; not reloaded");
  } else if (own.ok()) {
    // What they expand to, and the files of keys, may have changed nevertheless.
    auto wanted = LoadConfigured(own->sources, configurator->state().confirmed);
    auto prepared = wanted.ok() ? Prepare(*std::move(wanted)) : wanted.status();
    status = prepared.status();
    if (prepared.ok()) TakeAll(*std::move(prepared));
  }
  own_files = status;
  if (!status.ok()) LogReloadRefusal(status);
}

// A trial ends for files that can be taken, and what was confirmed for those that were.
Status Agent::Parts::TakeChangedFiles(AgentSettings own) {
  GODWIT_RETURN_IF_ERROR(PrepareAllButSensors(own).status());
  configurator->AbandonTrial("the device's own files changed during the trial");
  GODWIT_ASSIGN_OR_RETURN(Prepared prepared, Prepare(std::move(own)));
  TakeAll(std::move(prepared));
  configurator->OwnFilesChanged();
  return absl::OkStatus();
}

StatusOr<Agent::Parts::Prepared> Agent::Parts::PrepareAllButSensors(AgentSettings wanted) {
  Prepared prepared;
  prepared.change = Compare(settings, wanted);
  if (!prepared.change.needs_restart.empty()) {
    return Error(StatusCode::kFailedPrecondition,
                 Cat(prepared.change.needs_restart.front(), " changes with a restart only"));
  }
  GODWIT_ASSIGN_OR_RETURN(RunPlan plan, PlanRun(wanted));
  prepared.identity = std::move(plan.identity);
  prepared.channel = std::move(plan.channel);
  // The files of keys may have changed although their names have not.
  prepared.new_uplink = prepared.change.uplink || !(prepared.channel == channel);
  prepared.settings = std::move(wanted);
  return prepared;
}

// All that can fail.
StatusOr<Agent::Parts::Prepared> Agent::Parts::Prepare(AgentSettings wanted) {
  GODWIT_ASSIGN_OR_RETURN(Prepared prepared, PrepareAllButSensors(std::move(wanted)));
  GODWIT_ASSIGN_OR_RETURN(prepared.sensors, MakeSensors(prepared.change.come, World()));
  return prepared;
}

// Sensors, and how what they yield becomes batches.
void Agent::Parts::TakeSensors(Prepared prepared) {
  EndLive();
  settings = std::move(prepared.settings);
  reporter->SetSettings(prepared.identity.settings);
  sampler->Replace(prepared.change.gone, std::move(prepared.sensors));
  if (prepared.change.batch) {
    sampler->SetBatchPeriod(MakeBatchOptions(settings, prepared.identity));
  }
}

void Agent::Parts::SetSpoolBounds() {
  const auto identity = MakeIdentity(settings);
  if (!identity.ok()) return;
  storage->Post(
      [this, options = MakeSpoolOptions(settings, *identity)] { spool->SetBounds(options); });
}

void Agent::Parts::Reconnect(const AgentSettings& way, const ChannelOptions& way_channel,
                             const std::string& only_store) {
  uplink.Close();
  const auto identity = MakeIdentity(way);
  if (!identity.ok()) return;
  OpenUplink(*identity, way, way_channel, only_store);
  StartUplink();
}

// Nothing of it is refused.
void Agent::Parts::TakeAll(Prepared prepared) {
  const SettingsChange change = prepared.change;
  const bool new_uplink = prepared.new_uplink;
  channel = prepared.channel;
  TakeSensors(std::move(prepared));
  remote.commander->SetOptions(MakeRemoteOptions(settings));
  log_follower->SetOptions(MakeRemoteOptions(settings));
  configurator->SetOptions(MakeConfigureOptions(settings, boot_id));
  if (change.spool) SetSpoolBounds();
  if (new_uplink) {
    Reconnect(settings, channel, "");
    way_home->Begin(settings.remote_fallback_after, clock.Boot());
  }
  LogInfo(Cat("reload: settings changed: ", change.settings.size(),
              ", sensors gone: ", change.gone.size(), ", come: ", change.come.size(),
              new_uplink ? "; connecting anew" : ""));
}

}  // namespace godwit::agent
