// Builds the OpenSession request from the device and its spool, and checks the answer. Pure.
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

// Returns a request without a report, within the bounds of one call: the oldest kReportedRunsMax
// runs; the first kReportedTablesMax tables and kReportedLossesMax losses. Ranges of a run beyond
// kReportedRangesMax are merged into one, so that nothing held counts as lost. The collector knows
// afterwards what the request says, not what the inventory has.
v1::OpenSessionRequest MakeOpenRequest(const Identity& identity, const Clock& clock,
                                       const SpoolInventory& inventory);

// Returns what a request reports as held, by run.
std::map<RunId, SeqSet> HeldIn(const v1::OpenSessionRequest& request);

// Returns the settled records of an answer. kInternal: a range is empty or exceeds `held`, which
// the request reported. Nothing of such an answer may be used, or records that the collector never
// saw would be deleted.
[[nodiscard]] StatusOr<std::map<RunId, SeqSet>> SettledIn(const v1::OpenSessionResponse& response,
                                                          const std::map<RunId, SeqSet>& held);

// Returns the bounds of the session's streams: those of this agent, or the answer's if they are
// lower. A stream always has room for one record.
StreamBounds BoundsIn(const v1::OpenSessionResponse& response, absl::Duration stream_period);

// Appends the first kReportedLabelsMax labels that a collector takes. Returns how many it left out.
size_t AddLabels(const std::map<std::string, std::string>& labels,
                 google::protobuf::RepeatedPtrField<v1::Label>& list);

// Appends at most kReportedQuarantinedMax records, the first ones, as ranges; neighbours are
// joined.
void AddQuarantined(const std::vector<RecordName>& names,
                    google::protobuf::RepeatedPtrField<v1::QuarantinedRecords>& list);

}  // namespace godwit::agent
