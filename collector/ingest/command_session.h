// One ReceiveCommands stream: open for as long as its device's session, until either side ends it.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "collector/ingest/ingest.h"
#include "collector/ingest/stream.h"

namespace godwit::collector {

// Ingest-confined.
class CommandSession final : public CommandSink {
 public:
  CommandSession(Ingest& ingest, CommandPeer& peer, const v1::ReceiveCommandsRequest& request,
                 Caller caller);
  ~CommandSession() override;

  void Open() override;
  void Sent() override;
  void Cancel() override;
  void Finish(const CallEnd& end);
  // Returns the device; empty if the stream is not open.
  const std::string& device_id() const { return device_id_; }
  void Send(CommandRow command);
  void OfferRevision(const NewOffer& offer);
  void FollowLog(const v1::FollowLog& follow);

 private:
  void NoteGone();
  void AskForOpenCommands();
  void AskForOffer();
  CallerGone Gone() const;
  template <typename Result>
  std::function<void(Result)> WhenAnswered(std::function<void(const Result&)> done);
  void SendNext();

  Ingest& ingest_;
  CommandPeer* peer_;  // null once finished
  const Caller caller_;
  const std::string token_;
  const RevisionId effective_;
  const bool is_too_large_;                 // the request
  std::string device_id_;                   // while it counts as connected
  std::deque<CommandRow> to_send_;          // what waits in the store is bounded, and so is this
  std::optional<v1::RevisionOffer> offer_;  // to be sent: the newest alone counts
  bool was_offered_ = false;
  std::deque<v1::FollowLog> follows_;  // to be sent; who follows is bounded
  bool sending_ = false;
  std::unique_ptr<Timer> life_;  // kCommandStreamLifeMax
  std::shared_ptr<std::atomic<bool>> gone_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace godwit::collector
