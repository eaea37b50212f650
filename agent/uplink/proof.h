// Proves a connection by one record: opens a session if the connection is new, and sends the record
// in a stream of its own, before all others. The answer does not settle the record: the usual
// upload sends it again, and the collector reports whichever comes second as a duplicate.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/uplink/outgoing_stream.h"
#include "agent/uplink/transport.h"

namespace godwit::agent {

// A proof under way. Loop-confined. Call one of Send and Open, once. Destroying it ends it without
// `done`. `transport` and `loop` outlive it.
class Proof {
 public:
  // Receives the result, on the loop, and may destroy the proof. OK: the collector has the record
  // durably. kAborted: this is not the right collector, or it does not take the record. Other
  // codes: not now. `store_id` is that of the session that Open opened; empty after Send.
  using Done = std::function<void(const Status& status, const std::string& store_id)>;

  Proof(Transport& transport, Executor& loop, NextRecord record, Done done);

  // Sends the record on an open session.
  void Send(const std::string& token);
  // Opens a session and sends the record in it. Unless `revision` is empty, first fetches that
  // revision: a collector that does not know it is the wrong one (kAborted).
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
