// The port that takes the commands and offers of a session. The uplink owns it; agent/control
// implements it.
#pragma once

#include <string>

#include "agent/uplink/transport.h"

namespace godwit::agent {

struct OpenedSession {
  Transport& transport;
  std::string token;
  std::string store_id;
};

// Receives commands and offers. Loop-confined.
class CommandReceiver {
 public:
  virtual ~CommandReceiver() = default;
  // Reports an open session. Until SessionLost, calls may be made over `transport`.
  virtual void SessionOpened(const OpenedSession& session) = 0;
  // Reports that the session is lost. No call over it may be under way any more when this returns.
  virtual void SessionLost() = 0;
  virtual void OnCommand(const v1::Command& command) = 0;
  virtual void OnOffer(const v1::RevisionOffer& offer) = 0;
  virtual void OnFollowLog(const v1::FollowLog& follow) = 0;
  // Returns the revision that the device runs with; empty: its own files alone.
  virtual std::string effective_revision() const = 0;
};

}  // namespace godwit::agent
