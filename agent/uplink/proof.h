// Proves a connection by one record: opens a session if it is a new one, and sends the record in a
// stream of its own, ahead of everything that waits. Nothing is settled by what comes of it: the
// record goes its usual way besides, and arrives there as a duplicate or here.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/uplink/outgoing_stream.h"
#include "agent/uplink/transport.h"

namespace godwit::agent {

// Loop-confined. Destroying it ends it.
class Proof {
 public:
  // OK: the collector holds the record durably. kAborted: this collector is not the one, or
  // will never take the record; other codes: not now. `store_id` is that of a session of its own.
  using Done = std::function<void(const Status& status, const std::string& store_id)>;

  Proof(Transport& transport, Executor& loop, NextRecord record, Done done);

  // On an open session.
  void Send(const std::string& token);
  // In a session of its own, with a collector that has offered `revision`; empty: with any.
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
