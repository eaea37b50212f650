#include "agent/self_report.h"

#include "agent/assembly.h"
#include "agent/device/configuration_start.h"
#include "agent/device/part_options.h"
#include "agent/diagnostics.h"
#include "agent/status_line.h"
#include "platform/linux/host.h"

namespace godwit::agent {

std::string DiagnosticsOf(Device& device, const Clock& clock) {
  const auto identity = MakeIdentity(device.settings());
  if (!identity.ok()) return Message(identity.status());
  return DiagnosticsText({.identity = *identity,
                          .clock = clock,
                          .run = device.spool().run(),
                          .resident_bytes = ResidentBytes(),
                          .configuration = InForceText(device.configuration(), device.own_files()),
                          .spool = device.spool_stats(),
                          .uploader = device.connection().uploader(),
                          .dropped_refusals = device.commander().dropped_refusals(),
                          .sensors = MakeSensorReports(device.sampler().Health()),
                          .log = RecentLogLines()});
}

std::string StatusLineOf(Device& device) {
  StatusInput input{.sensors = device.sampler().Health(), .spool = device.spool_stats()};
  if (const Uploader* const uploader = device.connection().uploader(); uploader != nullptr) {
    input.session = uploader->state();
    input.failed_attempts = uploader->counters().failures;
  }
  return StatusLine(input);
}

}  // namespace godwit::agent
