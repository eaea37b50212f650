// Describes the running agent to people: the status line of the service manager, and the text of
// the command `diagnostics`.
#include <string>

#include "agent/agent_parts.h"
#include "agent/assembly.h"
#include "agent/diagnostics.h"
#include "agent/status_line.h"
#include "platform/linux/host.h"

namespace godwit::agent {

std::string Agent::Parts::Diagnose() {
  const auto identity = MakeIdentity(settings);
  if (!identity.ok()) return Message(identity.status());
  return DiagnosticsText({.identity = *identity,
                          .clock = clock,
                          .run = spool->run(),
                          .resident_bytes = ResidentBytes(),
                          .configuration = InForceText(configurator->state(), own_files),
                          .spool = spool_stats,
                          .uploader = uplink.uploader.get(),
                          .dropped_refusals = remote.commander->dropped_refusals(),
                          .sensors = MakeSensorReports(sampler->Health()),
                          .log = RecentLogLines()});
}

std::string Agent::Parts::StatusText() {
  StatusInput input{.sensors = sampler->Health(), .spool = spool_stats};
  if (uplink.uploader != nullptr) {
    input.session = uplink.uploader->state();
    input.failed_attempts = uplink.uploader->counters().failures;
  }
  return StatusLine(input);
}

}  // namespace godwit::agent
