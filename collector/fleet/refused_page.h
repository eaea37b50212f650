// Callers that were not the device that they said they were.
#pragma once

#include <vector>

#include "collector/identity/refused_callers.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

// As many as there are: kRefusedCallersMax fit an answer.
void FillRefused(const std::vector<RefusedCaller>& callers,
                 v1::ListRefusedDevicesResponse& response);

}  // namespace godwit::collector
