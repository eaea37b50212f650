// Proves a connection by one record: opens a session if the connection is new, and sends the record
// in a stream of its own, before all others. The answer settles nothing: the record is also sent in
// the usual way, and one of the two is a duplicate.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/uplink/outgoing_stream.h"
#include "agent/uplink/transport.h"

namespace godwit::agent {

// A proof under way. Loop-confined. Destroying it ends it.
class Proof {
 public:
  // Receives the result. OK: the collector has the record durably. kAborted: this is not the right
  // collector, or it will never take the record. Other codes: not now. `store_id` is that of a
  // session of its own.
  using Done = std::function<void(const Status& status, const std::string& store_id)>;

  Proof(Transport& transport, Executor& loop, NextRecord record, Done done);

  // Sends the record on an open session.
  void Send(const std::string& token);
  // Sends the record in a session of its own, with a collector that has offered `revision`; empty:
  // with any.
  void Open(const v1::OpenSessionRequest& request, const std::string& revision);

 private:
  void OnOpened(const CallResult& result, const v1::OpenSessionResponse& response,
                const std::string& revision);
  void OnClosed(const CallResult& result, const v1::UploadMetricsResponse& response);
  void Finish(const Status& status);

  Transport& transport_;
  Executor& loop_;
  std::optional<NextRecord> record_;
  const Done done_;
  std::string store_id_;
  std::unique_ptr<OutgoingStream> stream_;
  std::unique_ptr<PendingCall> call_;
};

}  // namespace godwit::agent
