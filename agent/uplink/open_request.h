// What OpenSession says of the device and its spool, and what may be believed of the answer. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/uplink/options.h"
#include "agent/uplink/outbox.h"
#include "agent/uplink/outgoing_stream.h"
#include "platform/clock.h"
#include "proto/godwit/v1/device.pb.h"

namespace godwit::agent {

// Without a report. Within the bounds of one call: the oldest kReportedRunsMax runs; of a run,
// ranges beyond kReportedRangesMax are drawn into one, so that nothing held is taken for lost; the
// first kReportedTablesMax tables and kReportedLossesMax losses. What of these the collector knows
// afterwards is what the request says, not what the inventory has.
v1::OpenSessionRequest MakeOpenRequest(const Identity& identity, const Clock& clock,
                                       const SpoolInventory& inventory);

// What a request reports as held, by run.
std::map<RunId, SeqSet> HeldIn(const v1::OpenSessionRequest& request);

// The settled records of an answer. kInternal when a range is empty or goes beyond `held`, what the
// request reported: nothing of such an answer may be believed, or records that the collector never
// saw would be deleted.
[[nodiscard]] StatusOr<std::map<RunId, SeqSet>> SettledIn(const v1::OpenSessionResponse& response,
                                                          const std::map<RunId, SeqSet>& held);

// The bounds of the session's streams: those of this agent, or what the answer asks for if that is
// less. A stream always has room for one record.
StreamBounds BoundsIn(const v1::OpenSessionResponse& response, absl::Duration stream_period);

// Appends the first kReportedLabelsMax labels that a collector takes. Returns how many it left out.
size_t AddLabels(const std::map<std::string, std::string>& labels,
                 google::protobuf::RepeatedPtrField<v1::Label>& list);

// As ranges, neighbours joined; at most kReportedQuarantinedMax records, the first ones.
void AddQuarantined(const std::vector<RecordName>& names,
                    google::protobuf::RepeatedPtrField<v1::QuarantinedRecords>& list);

}  // namespace godwit::agent
