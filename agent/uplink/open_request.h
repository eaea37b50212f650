// What OpenSession says of the device and its spool. Pure.
#pragma once

#include "agent/uplink/options.h"
#include "agent/uplink/outbox.h"
#include "platform/clock.h"
#include "proto/godwit/v1/device.pb.h"

namespace godwit::agent {

// Without a report. Within the bounds of one call: the oldest kToldRunsMax runs; of a run, ranges
// beyond kToldRangesMax are drawn into one, so that nothing held is taken for lost.
v1::OpenSessionRequest MakeOpenRequest(const Identity& identity, const Clock& clock,
                                       const SpoolInventory& inventory);

// As ranges, neighbours joined; at most kToldAsideMax records, the first ones.
void AddSetAside(const std::vector<RecordName>& names,
                 google::protobuf::RepeatedPtrField<v1::SetAside>& list);

}  // namespace godwit::agent
