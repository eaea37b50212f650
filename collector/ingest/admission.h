// What devices send, checked and turned into the store's terms. Every byte is hostile. Pure.
#pragma once

#include <vector>

#include "base/status.h"
#include "collector/store/store.h"
#include "proto/godwit/v1/device.pb.h"

namespace godwit::collector {

// kInvalidArgument, naming the field and the limit.
[[nodiscard]] StatusOr<SessionOpening> AdmitSession(const v1::OpenSessionRequest& request);

[[nodiscard]] StatusOr<std::vector<QuarantinedRecords>> AdmitQuarantined(
    const google::protobuf::RepeatedPtrField<v1::QuarantinedRecords>& list);

// Cut to its bounds: it is for people.
DeviceReport AdmitReport(const v1::DeviceReport& report);

// kInvalidArgument when the bytes do not have the id they claim, or are no table; kUnimplemented
// for a table of a version this collector does not know.
[[nodiscard]] StatusOr<IncomingTable> AdmitTable(v1::Table table);

// Decodes the batch whole, so that nothing unreadable is ever committed. kInvalidArgument: the
// batch is not valid; kUnimplemented: a version this collector does not know; kDataLoss: the bytes
// are not those the device sealed.
[[nodiscard]] StatusOr<IncomingRecord> AdmitRecord(v1::Record record);

}  // namespace godwit::collector
