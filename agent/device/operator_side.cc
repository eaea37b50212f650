#include "agent/device/operator_side.h"

#include <utility>

#include "agent/device/part_options.h"

namespace godwit::agent {

OperatorSide::OperatorSide(DeviceStart& start, Dependencies dependencies)
    : commands_(std::move(start.commands)),
      file_(std::move(start.file)),
      configurator_(MakeConfigureOptions(start.settings, start.plan.identity.boot_id),
                    std::move(start.state), file_.get(), std::move(start.file_error),
                    {.loop = dependencies.loop,
                     .storage = dependencies.storage,
                     .trials = dependencies.trials}),
      log_follower_(MakeRemoteOptions(start.settings), dependencies.loop),
      remote_control_(*commands_.commander, configurator_, log_follower_) {}

void OperatorSide::Apply(const AgentSettings& settings) {
  commands_.commander->SetOptions(MakeRemoteOptions(settings));
  log_follower_.SetOptions(MakeRemoteOptions(settings));
  configurator_.SetOptions(MakeConfigureOptions(settings, configurator_.boot_id()));
}

}  // namespace godwit::agent
