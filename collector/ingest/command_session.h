// One ReceiveCommands stream: open as long as its device's session, until either side ends it.
#pragma once

#include <deque>
#include <memory>
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
  void Sent() override;
  void Cancel() override;
  void Finish(const CallEnd& end);
  // Empty when it is not open.
  const std::string& device_id() const { return device_id_; }
  void Offer(CommandRow command);

 private:
  void NoteGone();
  void AskForOpenCommands();
  void SendNext();

  Ingest& ingest_;
  CommandPeer* peer_;  // null once finished
  const std::string token_;
  std::string device_id_;           // while it counts as connected
  std::deque<CommandRow> to_send_;  // what waits in the store is bounded, and so is this
  bool sending_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace godwit::collector
