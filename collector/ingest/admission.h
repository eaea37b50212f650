// Checks the messages of devices and converts them to the store's types. Every byte is hostile.
// Pure.
#pragma once

#include <vector>

#include "base/status.h"
#include "collector/store/store.h"
#include "proto/godwit/v1/device.pb.h"

namespace godwit::collector {

// Convert a request. kInvalidArgument names the field and the limit.
[[nodiscard]] StatusOr<SessionOpening> AdmitSession(const v1::OpenSessionRequest& request);

[[nodiscard]] StatusOr<std::vector<QuarantinedRecords>> AdmitQuarantined(
    const google::protobuf::RepeatedPtrField<v1::QuarantinedRecords>& list);

// Converts a report, and cuts it to its bounds, because it is for people.
DeviceReport AdmitReport(const v1::DeviceReport& report);

// Checks a table. kInvalidArgument: the bytes do not have the id they claim, or are not a table;
// kUnimplemented: this collector does not know the table's version.
[[nodiscard]] StatusOr<IncomingTable> AdmitTable(v1::Table table);

// Checks a record by decoding its whole batch, so that nothing unreadable is ever committed.
// kInvalidArgument: the batch is not valid; kUnimplemented: this collector does not know its
// version; kDataLoss: the bytes are not those that the device sealed.
[[nodiscard]] StatusOr<IncomingRecord> AdmitRecord(v1::Record record);

}  // namespace godwit::collector
