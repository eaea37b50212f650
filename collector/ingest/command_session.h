// One ReceiveCommands stream: open as long as its device's session, until either side ends it.
#pragma once

#include <string>

#include "collector/ingest/ingest.h"
#include "collector/ingest/stream.h"

namespace godwit::collector {

// Ingest-confined.
class CommandSession final : public CommandSink {
 public:
  CommandSession(Ingest& ingest, CommandPeer& peer, std::string token);
  ~CommandSession() override;

  void Open() override;
  void Cancel() override;
  void Finish(const CallEnd& end);

 private:
  void NoteGone();

  Ingest& ingest_;
  CommandPeer* peer_;  // null once finished
  const std::string token_;
  std::string device_id_;  // while it counts as connected
};

}  // namespace godwit::collector
