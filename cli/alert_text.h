// Formats alerts. Pure.
#pragma once

#include <string>

#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::cli {

// Returns whether it was raised since it was last acknowledged. A collector without
// acknowledgements has only open alerts.
bool IsOpen(const v1::Alert& alert);

// Returns "open", or "acknowledged by anna 2026-05-01T12:00:00.000Z: the card was copied on
// purpose".
std::string StateText(const v1::Alert& alert);

// "cloned (2): runs … both follow …; conflict (1): …", of those that are open, or of the others.
std::string AlertTexts(const v1::DeviceSummary& device, bool open);

// Returns "cloned, conflict (acknowledged)"; "-" for none.
std::string AlertKinds(const v1::DeviceSummary& device);

bool HasOpenAlert(const v1::DeviceSummary& device);

}  // namespace godwit::cli
