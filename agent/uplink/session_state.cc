#include "agent/uplink/session_state.h"

#include "base/check.h"

namespace godwit::agent {
namespace {

using S = SessionState;
using E = SessionEvent;
using A = SessionAction;

struct Transition {
  SessionState from;
  SessionEvent event;
  SessionState to;
  SessionAction action;
};

//   Idle --start--> Opening --opened--> Open --rejected--> Blocked --probe due--> Probing
//                    ^   |             |  ^ \________________________accepted_______/ |
//              retry |   | failed      |  |                  ^_______rejected_________|
//                   Waiting <--failed--+  +--reopen--> Opening
constexpr Transition kTransitions[] = {
    // clang-format off
    {S::kIdle,    E::kStart,    S::kOpening, A::kOpenSession},
    {S::kIdle,    E::kDrain,    S::kIdle,    A::kEnd},

    {S::kOpening, E::kOpened,   S::kOpen,    A::kUseSession},
    {S::kOpening, E::kFailed,   S::kWaiting, A::kAwaitRetry},
    {S::kOpening, E::kReopen,   S::kOpening, A::kOpenSession},
    {S::kOpening, E::kDrain,    S::kOpening, A::kNothing},      // it still ends

    {S::kWaiting, E::kRetry,    S::kOpening, A::kOpenSession},
    {S::kWaiting, E::kDrain,    S::kOpening, A::kOpenSession},

    {S::kOpen,    E::kAccepted, S::kOpen,    A::kSendRecords},
    {S::kOpen,    E::kRejected, S::kBlocked, A::kAwaitProbe},
    {S::kOpen,    E::kReopen,   S::kOpening, A::kOpenSession},
    {S::kOpen,    E::kFailed,   S::kWaiting, A::kAwaitRetry},
    {S::kOpen,    E::kDrain,    S::kOpen,    A::kSendRecords},

    {S::kBlocked, E::kProbeDue, S::kProbing, A::kProbe},
    {S::kBlocked, E::kAccepted, S::kOpen,    A::kSendRecords},  // by a stream that was under way
    {S::kBlocked, E::kRejected, S::kBlocked, A::kAwaitProbe},
    {S::kBlocked, E::kReopen,   S::kOpening, A::kOpenSession},
    {S::kBlocked, E::kFailed,   S::kWaiting, A::kAwaitRetry},
    {S::kBlocked, E::kDrain,    S::kIdle,    A::kEnd},

    {S::kProbing, E::kAccepted, S::kOpen,    A::kSendRecords},
    {S::kProbing, E::kRejected, S::kBlocked, A::kPostponeProbe},
    {S::kProbing, E::kReopen,   S::kOpening, A::kOpenSession},
    {S::kProbing, E::kFailed,   S::kWaiting, A::kAwaitRetry},
    {S::kProbing, E::kDrain,    S::kIdle,    A::kEnd},

    {S::kIdle,    E::kDone,     S::kIdle,    A::kEnd},
    {S::kWaiting, E::kDone,     S::kIdle,    A::kEnd},
    {S::kOpening, E::kDone,     S::kIdle,    A::kEnd},
    {S::kOpen,    E::kDone,     S::kIdle,    A::kEnd},
    {S::kBlocked, E::kDone,     S::kIdle,    A::kEnd},
    {S::kProbing, E::kDone,     S::kIdle,    A::kEnd},
    // clang-format on
};

}  // namespace

SessionStep After(SessionState state, SessionEvent event) {
  for (const Transition& transition : kTransitions) {
    if (transition.from == state && transition.event == event) {
      return {transition.to, transition.action};
    }
  }
  // Each caller is in a state that has the event: calls and timers of a state end with it.
  GODWIT_CHECK(!"an event that cannot come in this state");
  return {state, A::kNothing};
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
