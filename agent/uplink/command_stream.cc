#include "agent/uplink/command_stream.h"

#include <utility>

#include "agent/limits.h"
#include "agent/uplink/retry_policy.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {

void CommandStream::Open(const std::string& token) {
  Close();
  token_ = token;
  const absl::Duration left = not_before_ - dependencies_.clock.Boot();
  if (left <= absl::ZeroDuration()) return Listen();
  retry_timer_ = dependencies_.loop.PostAfter(left, [this] { Listen(); });
}

void CommandStream::Close() {
  // If the link is gone, its end explains the failure: the next session need not wait for it.
  if (retry_timer_ != nullptr && link_in_doubt_) not_before_ = -absl::InfiniteDuration();
  retry_timer_.reset();
  call_.reset();
}

// The stream has a limit, so that the next one corrects what the other side has forgotten.
void CommandStream::Listen() {
  listening_at_ = dependencies_.clock.Boot();
  const absl::Duration life =
      kCommandStreamLife * 0.9 +
      UniformDuration(dependencies_.random.Next(), kCommandStreamLife * 0.2);
  v1::ReceiveCommandsRequest request;
  request.set_session_token(token_);
  if (dependencies_.receiver != nullptr) {
    request.set_effective_revision(dependencies_.receiver->effective_revision());
  }
  call_ = transport_.ReceiveCommands(request, life, *this);
}

void CommandStream::OnCommandsClosed(const CallResult& result) {
  // A collector that does not support commands has none.
  if (absl::IsUnimplemented(result.status)) return;
  const bool lived = dependencies_.clock.Boot() - listening_at_ >= kSessionWorthwhile;
  const bool over = result.status.ok() || absl::IsDeadlineExceeded(result.status);
  if (lived) {
    backoff_.Reset();
    failing_ = false;
    if (over) return Listen();
  }
  const NextStep step = over ? NextStep::kBackOff : NextStepAfter(result);
  link_in_doubt_ = step != NextStep::kNeedsAttention;
  // The collector closes it when it stops, with a hint for the whole session.
  if (lived && link_in_doubt_ && owner_.is_idle()) return owner_.link_lost(result);
  const absl::Duration wait = WaitAfter(result, backoff_.Next(dependencies_.random.Next()));
  not_before_ = dependencies_.clock.Boot() + wait;
  // A state change is logged, a repeated failure is not.
  const std::string line =
      Cat("commands: ", absl::StatusCodeToString(result.status.code()), ": ",
          result.status.ok() ? "the collector closed the stream" : Message(result.status),
          "; uploads continue; trying again in ",
          DurationText(absl::Ceil(wait, absl::Milliseconds(1))));
  if (std::exchange(failing_, true)) {
    LogDebug(line);
  } else if (step == NextStep::kNeedsAttention) {
    LogError(line);
  } else {
    LogWarning(line);
  }
  const bool session_unknown = step == NextStep::kReopenNow;
  retry_timer_ =
      dependencies_.loop.PostAfter(wait, [this, session_unknown] { OnRetryDue(session_unknown); });
}

// A new session costs one round trip, and shows whether there is a link.
void CommandStream::OnRetryDue(bool session_unknown) {
  retry_timer_.reset();
  if (session_unknown || (link_in_doubt_ && owner_.is_idle())) return owner_.reopen();
  Listen();
}

void CommandStream::OnMessage(const v1::ReceiveCommandsResponse& message) {
  CommandReceiver* const receiver = dependencies_.receiver;
  if (receiver == nullptr) return;
  if (message.has_command()) receiver->OnCommand(message.command());
  if (message.has_offer()) receiver->OnOffer(message.offer());
  if (message.has_follow_log()) receiver->OnFollowLog(message.follow_log());
}

}  // namespace godwit::agent
