// Who takes the commands and offers that come over a session. The uplink owns the port;
// agent/control has it.
#pragma once

#include <string>

#include "agent/uplink/transport.h"

namespace godwit::agent {

struct OpenedSession {
  Transport& transport;
  std::string token;
  std::string store_id;
};

// Loop-confined.
class CommandReceiver {
 public:
  virtual ~CommandReceiver() = default;
  // Until SessionLost, calls may be made over `transport`.
  virtual void SessionOpened(const OpenedSession& session) = 0;
  // No call of before may be under way any more when this returns.
  virtual void SessionLost() = 0;
  virtual void OnCommand(const v1::Command& command) = 0;
  virtual void OnOffer(const v1::RevisionOffer& offer) = 0;
  virtual void OnFollowLog(const v1::FollowLog& follow) = 0;
  // The device runs with it; empty: with its own files alone.
  virtual std::string effective_revision() const = 0;
};

}  // namespace godwit::agent
