// Describes the running agent in one text for the person who repairs it. No secrets: it shows of
// settings what is shown anywhere, and of the log the lines that were printed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/sampling/sampled_sensor.h"
#include "agent/spool/spool.h"
#include "agent/uplink/options.h"
#include "agent/uplink/uploader.h"
#include "base/log_lines.h"
#include "platform/clock.h"

namespace godwit::agent {

struct DiagnosticsInput {
  const Identity& identity;
  const Clock& clock;
  uint64_t run = 0;
  uint64_t resident_bytes = 0;
  std::string configuration;  // what it runs with
  SpoolStats spool;
  const Uploader* uploader = nullptr;  // null: no endpoint is set
  uint64_t dropped_refusals = 0;       // of commands, reported only when they come again
  std::vector<SensorReport> sensors;
  std::vector<LogLine> log;  // oldest first
};

std::string DiagnosticsText(const DiagnosticsInput& input);

}  // namespace godwit::agent
