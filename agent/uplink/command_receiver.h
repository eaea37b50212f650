// Who takes the commands that come over a session. The uplink owns the port; agent/control has it.
#pragma once

#include <string>

#include "agent/uplink/transport.h"

namespace godwit::agent {

// Loop-confined.
class CommandReceiver {
 public:
  virtual ~CommandReceiver() = default;
  // Until SessionLost, calls may be made over `transport`.
  virtual void SessionOpened(Transport& transport, const std::string& token) = 0;
  // No call of before may be under way any more when this returns.
  virtual void SessionLost() = 0;
  virtual void OnCommand(const v1::Command& command) = 0;
};

}  // namespace godwit::agent
