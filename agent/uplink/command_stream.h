// The command stream of a session: opens it, reopens it when it ends, and passes on its messages.
//
// Uploads do not depend on it: whatever its final status, it waits for its own back-off and the
// session continues. The owner hears only of statuses that show that the link or the session is
// gone.
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
  // The callbacks to its owner. `link_lost` and `reopen` are the last thing it does: it may be
  // closed afterwards.
  struct Owner {
    // Returns whether no upload is under way, which would notice a dead link by itself.
    std::function<bool()> is_idle;
    // Reports that a stream that had been open for some time has ended, and nothing else shows
    // whether there is still a link.
    std::function<void(const CallResult&)> link_lost;
    // Asks for another session once the uploads under way have their verdicts: the collector may
    // not know this one any more.
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

  // Opens the stream on the session that was opened last. After failures it waits for the rest of
  // the back-off, which outlives a session.
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

  // Destroyed first: these refer to all of the above.
  std::unique_ptr<Timer> retry_timer_;
  std::unique_ptr<PendingCall> call_;
};

}  // namespace godwit::agent
