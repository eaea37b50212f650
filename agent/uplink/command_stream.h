// The command stream of a session: opens it, opens it again when it ends, and hands on what comes.
//
// Uploads do not depend on it: whatever status it ends with, it waits for its own back-off and the
// session goes on. Only what shows that the link or the session is gone is reported to the owner.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "agent/uplink/command_receiver.h"
#include "agent/uplink/transport.h"
#include "base/backoff.h"
#include "platform/clock.h"
#include "platform/executor.h"
#include "platform/random.h"

namespace godwit::agent {

// Loop-confined.
class CommandStream final : private CommandObserver {
 public:
  // What it asks of its owner, and reports. `link_lost` and `reopen` are the last it does:
  // it may be closed afterwards.
  struct Owner {
    // No upload is under way, which would notice a dead link by itself.
    std::function<bool()> is_idle;
    // A stream that had been open for some time ended, and nothing else shows whether there still
    // is a link.
    std::function<void(const CallResult&)> link_lost;
    // The collector may not know the session any more: another is wanted once the uploads under way
    // have had their verdicts.
    std::function<void()> reopen;
  };
  struct Dependencies {
    const Clock& clock;
    Executor& loop;
    Random& random;
    CommandReceiver* receiver = nullptr;  // none: what comes is passed over
  };

  CommandStream(Transport& transport, const BackoffOptions& backoff, Dependencies dependencies,
                Owner owner)
      : transport_(transport),
        backoff_(backoff),
        dependencies_(dependencies),
        owner_(std::move(owner)) {}

  // On the session that was opened last. After failures it waits for what is left of the back-off,
  // which outlives a session.
  void Open(const std::string& token);
  void Close();

 private:
  void Listen();
  void OnRetryDue(bool session_unknown);

  void OnMessage(const v1::ReceiveCommandsResponse& message) override;
  void OnCommandsClosed(const CallResult& result) override;

  Transport& transport_;
  Backoff backoff_;
  const Dependencies dependencies_;
  const Owner owner_;
  std::string token_;
  absl::Duration listening_at_;                            // on the boot clock
  absl::Duration not_before_ = -absl::InfiniteDuration();  // likewise
  bool failing_ = false;
  bool link_in_doubt_ = false;  // by the last failure

  // Destroyed first: they refer to all of the above.
  std::unique_ptr<Timer> retry_timer_;
  std::unique_ptr<PendingCall> call_;
};

}  // namespace godwit::agent
