// The session's states, and the table of its transitions and actions.
#pragma once

#include <string_view>

namespace godwit::agent {

enum class SessionState {
  kIdle,     // not started, or stopped
  kWaiting,  // the retry timer runs
  kOpening,  // OpenSession is under way
  kOpen,     // records are sent as they come
  kBlocked,  // open, but the collector rejects everything: nothing is sent until the next probe
  kProbing,  // one record is sent, to see whether it still does
};

enum class SessionEvent {
  kStart,     // the agent starts
  kRetry,     // the timer is due, the network has changed, or somebody asks for a flush
  kOpened,    // OpenSession was answered
  kFailed,    // a call failed
  kReopen,    // the collector does not know the session, or our picture of the spool is out of date
  kRejected,  // kRejectionsInARowMax records in a row were rejected, or the probe was
  kProbeDue,  // an hour is over
  kAccepted,  // a record was taken
  kDrain,     // asked to send what there is and to end
  kDone,      // asked to drain, and there is nothing more to wait for
};

enum class SessionAction {
  kNothing,
  kOpenSession,    // ends what is left of the last session and opens another
  kUseSession,     // opens the command stream, and sends records unless they are blocked
  kAwaitRetry,     // arms the retry timer
  kSendRecords,    // has the pump send records as they come
  kAwaitProbe,     // has the pump pause, and arms the timer of the probe
  kPostponeProbe,  // the same, the probe being one that was rejected
  kProbe,          // has the pump send one record
  kEnd,            // ends all calls and reports that the drain is done
};

struct SessionStep {
  SessionState state;
  SessionAction action;
};

// Returns the transition of a state on an event. Aborts on an event that cannot come in that state.
SessionStep After(SessionState state, SessionEvent event);

std::string_view NameOf(SessionState state);

}  // namespace godwit::agent
