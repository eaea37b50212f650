// Describes the running device to people: the status line of the service manager, and the text of
// the command `diagnostics`.
#pragma once

#include <string>

#include "agent/device/device.h"
#include "platform/clock.h"

namespace godwit::agent {

std::string DiagnosticsOf(Device& device, const Clock& clock);
std::string StatusLineOf(Device& device);

}  // namespace godwit::agent
