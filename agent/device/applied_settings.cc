#include "agent/device/applied_settings.h"

#include <utility>

#include "agent/device/part_options.h"
#include "base/text.h"

namespace godwit::agent {

AppliedSettings::AppliedSettings(AgentSettings settings, ChannelOptions channel,
                                 Dependencies dependencies)
    : settings_(std::move(settings)), channel_(std::move(channel)), deps_(dependencies) {}

StatusOr<AppliedSettings::Prepared> AppliedSettings::PrepareAllButSensors(AgentSettings wanted) {
  Prepared prepared;
  prepared.change = Compare(settings_, wanted);
  if (!prepared.change.needs_restart.empty()) {
    return Error(StatusCode::kFailedPrecondition,
                 Cat(prepared.change.needs_restart.front(), " changes only with a restart"));
  }
  GODWIT_ASSIGN_OR_RETURN(RunPlan plan, deps_.loader.Plan(wanted));
  prepared.identity = std::move(plan.identity);
  prepared.channel = std::move(plan.channel);
  // The files of keys may have changed although their names have not.
  prepared.new_connection = prepared.change.uplink || !(prepared.channel == channel_);
  prepared.settings = std::move(wanted);
  return prepared;
}

StatusOr<AppliedSettings::Prepared> AppliedSettings::Prepare(AgentSettings wanted) {
  GODWIT_ASSIGN_OR_RETURN(Prepared prepared, PrepareAllButSensors(std::move(wanted)));
  GODWIT_ASSIGN_OR_RETURN(prepared.sensors, deps_.sensors.Make(prepared.change.come));
  return prepared;
}

StatusOr<AppliedSettings::Prepared> AppliedSettings::PrepareReturn(AgentSettings before,
                                                                   Identity identity) {
  Prepared prepared{
      .change = Compare(settings_, before), .identity = std::move(identity), .channel = channel_};
  GODWIT_ASSIGN_OR_RETURN(prepared.sensors, deps_.sensors.Make(prepared.change.come));
  prepared.settings = std::move(before);
  return prepared;
}

void AppliedSettings::ApplySensors(Prepared prepared) {
  before_change_();
  settings_ = std::move(prepared.settings);
  deps_.reporter.SetSettings(prepared.identity.settings);
  deps_.sampler.Replace(prepared.change.gone, std::move(prepared.sensors));
  if (prepared.change.batch) {
    deps_.sampler.SetBatchPeriod(MakeBatchOptions(settings_, prepared.identity));
  }
}

void AppliedSettings::ApplySpoolBounds() {
  const auto identity = deps_.loader.FindIdentity(settings_);
  if (!identity.ok()) return;
  deps_.storage.Post([&spool = deps_.spool, options = MakeSpoolOptions(settings_, *identity)] {
    spool.SetBounds(options);
  });
}

Status AppliedSettings::ReplaceSensor(const SensorSettings& sensor) {
  GODWIT_ASSIGN_OR_RETURN(auto made, deps_.sensors.Make({sensor}));
  deps_.sampler.Replace({NameOf(sensor)}, std::move(made));
  return absl::OkStatus();
}

}  // namespace godwit::agent
