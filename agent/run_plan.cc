#include "agent/run_plan.h"

#include <utility>

#include "agent/assembly.h"
#include "agent/sensor_assembly.h"
#include "platform/linux/file_owner.h"

namespace godwit::agent {

StatusOr<RunPlan> PlanRun(const AgentSettings& settings) {
  RunPlan plan;
  Problems problems;
  if (const auto id = FindDeviceId(settings); !id.ok()) {
    problems.Add(settings.checked.sections.at("agent").PlaceOf("id"), Message(id.status()));
  }
  CheckGroups(settings.sensors, problems);
  if (!settings.upload_endpoint.empty()) plan.channel = MakeChannelOptions(settings, problems);
  GODWIT_RETURN_IF_ERROR(problems.ToStatus());
  GODWIT_ASSIGN_OR_RETURN(plan.identity, MakeIdentity(settings));
  return plan;
}

Status BecomeFolderOwner(const AgentSettings& settings,
                         const std::vector<std::string>& command_line) {
  const Status owner = BecomeOwnerOf({settings.state, settings.spool_path}, command_line);
  if (owner.ok() || absl::IsPermissionDenied(owner)) return owner;
  Problems problems;
  problems.Add(settings.checked.sections.at("agent").PlaceOf("state"), Message(owner));
  return problems.ToStatus();
}

}  // namespace godwit::agent
