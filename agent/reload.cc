// Settings that change under a running agent: by SIGHUP, as the files have them now, and by
// configurations that are tried. All of them or none; what did not change is not disturbed.
#include <utility>

#include "agent/agent_parts.h"
#include "agent/assembly.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {

void Agent::Parts::Reload() {
  if (stopping) return;
  supervision->Reloading();
  TakeOwnFiles();
  supervision->Reloaded();
}

// The device's own files, where they have changed, rule alone.
void Agent::Parts::TakeOwnFiles() {
  const auto own = load(Revision());
  const bool changed = own.ok() && own->files_hash != settings.files_hash;
  if (tried != nullptr && !changed) {
    return LogWarning("reload: a configuration is on trial, which ends by itself; not reloaded");
  }
  if (changed) configurator->OwnFilesChanged();
  auto wanted = own.ok() ? load(configurator->state().confirmed) : own;
  const Status status = wanted.ok() ? Apply(*std::move(wanted), false) : wanted.status();
  if (!status.ok()) LogError(Cat("reload: refused, and nothing was changed: ", Message(status)));
}

// All that can fail.
StatusOr<Agent::Parts::Prepared> Agent::Parts::Prepare(AgentSettings wanted) {
  Prepared prepared;
  prepared.change = Compare(settings, wanted);
  if (!prepared.change.needs_restart.empty()) {
    return Error(StatusCode::kFailedPrecondition,
                 Cat(prepared.change.needs_restart.front(), " changes with a restart only"));
  }
  GODWIT_ASSIGN_OR_RETURN(prepared.identity, MakeIdentity(wanted));
  GODWIT_ASSIGN_OR_RETURN(prepared.sensors, MakeSensors(prepared.change.come, World()));
  if (!wanted.upload_endpoint.empty()) {
    GODWIT_ASSIGN_OR_RETURN(prepared.channel, MakeChannelOptions(wanted));
  }
  // The files of keys may have changed although their names have not.
  prepared.new_uplink = prepared.change.uplink || !(prepared.channel == channel);
  prepared.settings = std::move(wanted);
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

// From Prepare on, nothing is refused. After a trial the connection is still that of before it.
Status Agent::Parts::Apply(AgentSettings wanted, bool after_trial) {
  GODWIT_ASSIGN_OR_RETURN(Prepared prepared, Prepare(std::move(wanted)));
  const SettingsChange change = prepared.change;
  const bool new_uplink = prepared.new_uplink && !after_trial;
  ChannelOptions wanted_channel = prepared.channel;
  TakeSensors(std::move(prepared));
  remote.commander->SetOptions(MakeRemoteOptions(settings));
  log_follower->SetOptions(MakeRemoteOptions(settings));
  configurator->SetOptions(MakeConfigureOptions(settings, boot_id));
  if (after_trial) return absl::OkStatus();
  if (change.spool) SetSpoolBounds();
  channel = std::move(wanted_channel);
  if (new_uplink) {
    Reconnect(settings, channel, "");
    way_home->Begin(settings.remote_fallback_after, clock.Boot());
  }
  LogInfo(Cat("reload: settings changed: ", change.settings.size(),
              ", sensors gone: ", change.gone.size(), ", come: ", change.come.size(),
              new_uplink ? "; connecting anew" : ""));
  return absl::OkStatus();
}

}  // namespace godwit::agent
