#include "agent/uplink/session_state.h"

#include "base/check.h"

namespace godwit::agent {
namespace {

using S = SessionState;
using E = SessionEvent;

struct Transition {
  SessionState from;
  SessionEvent event;
  SessionState to;
};

//   Idle --start--> Opening --opened--> Open --rejected--> Blocked --probe due--> Probing
//                    ^   |             |  ^ \________________________accepted_______/ |
//              retry |   | failed      |  |                  ^_______rejected_________|
//                   Waiting <--failed--+  +--reopen--> Opening
constexpr Transition kTransitions[] = {
    // clang-format off
    {S::kIdle,    E::kStart,    S::kOpening},

    {S::kOpening, E::kOpened,   S::kOpen},
    {S::kOpening, E::kFailed,   S::kWaiting},
    {S::kOpening, E::kReopen,   S::kOpening},

    {S::kWaiting, E::kRetry,    S::kOpening},

    {S::kOpen,    E::kAccepted, S::kOpen},
    {S::kOpen,    E::kRejected, S::kBlocked},
    {S::kOpen,    E::kReopen,   S::kOpening},
    {S::kOpen,    E::kFailed,   S::kWaiting},

    {S::kBlocked, E::kProbeDue, S::kProbing},
    {S::kBlocked, E::kAccepted, S::kOpen},     // by a stream that was under way
    {S::kBlocked, E::kRejected, S::kBlocked},
    {S::kBlocked, E::kReopen,   S::kOpening},
    {S::kBlocked, E::kFailed,   S::kWaiting},

    {S::kProbing, E::kAccepted, S::kOpen},
    {S::kProbing, E::kRejected, S::kBlocked},
    {S::kProbing, E::kReopen,   S::kOpening},
    {S::kProbing, E::kFailed,   S::kWaiting},

    {S::kIdle,    E::kDone,     S::kIdle},
    {S::kWaiting, E::kDone,     S::kIdle},
    {S::kOpening, E::kDone,     S::kIdle},
    {S::kOpen,    E::kDone,     S::kIdle},
    {S::kBlocked, E::kDone,     S::kIdle},
    {S::kProbing, E::kDone,     S::kIdle},
    // clang-format on
};

}  // namespace

SessionState After(SessionState state, SessionEvent event) {
  for (const Transition& transition : kTransitions) {
    if (transition.from == state && transition.event == event) return transition.to;
  }
  // Each caller is in a state that has the event: calls and timers of a state end with it.
  GODWIT_CHECK(!"an event that cannot come in this state");
  return state;
}

std::string_view NameOf(SessionState state) {
  switch (state) {
    case S::kIdle:
      return "idle";
    case S::kWaiting:
      return "waiting";
    case S::kOpening:
      return "opening";
    case S::kOpen:
      return "open";
    case S::kBlocked:
      return "blocked";
    case S::kProbing:
      return "probing";
  }
  return "?";
}

}  // namespace godwit::agent
