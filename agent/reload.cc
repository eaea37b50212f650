// SIGHUP: the settings as the files have them now, as a transaction.
#include <utility>

#include "agent/agent_parts.h"
#include "agent/assembly.h"
#include "agent/settings_change.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {

void Agent::Parts::Reload() {
  if (stopping) return;
  auto wanted = load_wanted();
  const Status status = wanted.ok() ? Apply(*std::move(wanted)) : wanted.status();
  if (!status.ok()) LogError(Cat("reload: refused, and nothing was changed: ", Message(status)));
}

// All that can fail comes first; from there on nothing is refused.
Status Agent::Parts::Apply(AgentSettings wanted) {
  const SettingsChange change = Compare(settings, wanted);
  if (!change.needs_restart.empty()) {
    return Error(StatusCode::kFailedPrecondition,
                 Cat(change.needs_restart.front(), " changes with a restart only"));
  }
  GODWIT_ASSIGN_OR_RETURN(const Identity identity, MakeIdentity(wanted));
  GODWIT_ASSIGN_OR_RETURN(auto sensors, MakeSensors(change.come, World()));
  ChannelOptions wanted_channel;
  if (!wanted.upload_endpoint.empty()) {
    GODWIT_ASSIGN_OR_RETURN(wanted_channel, MakeChannelOptions(wanted));
  }
  // The files of keys may have changed although their names have not.
  const bool new_uplink = change.uplink || !(wanted_channel == channel);
  settings = std::move(wanted);
  channel = std::move(wanted_channel);
  reporter->SetSettings(identity.settings);
  remote.commander->SetOptions(MakeRemoteOptions(settings));
  sampler->Replace(change.gone, std::move(sensors));
  if (change.batch) sampler->SetBatchPeriod(MakeBatchOptions(settings, identity));
  if (new_uplink) {
    uplink.Close();
    OpenUplink(identity);
    StartUplink();
  }
  LogInfo(Cat("reload: settings changed: ", change.settings.size(),
              ", sensors gone: ", change.gone.size(), ", come: ", change.come.size(),
              new_uplink ? "; connecting anew" : ""));
  return absl::OkStatus();
}

}  // namespace godwit::agent
