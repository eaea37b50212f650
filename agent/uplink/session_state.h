// The session's states, and the one table that says how each follows another.
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
  kDone,      // asked to drain, and there is nothing more to wait for
};

// Aborts on an event that cannot come in that state.
SessionState After(SessionState state, SessionEvent event);

std::string_view NameOf(SessionState state);

}  // namespace godwit::agent
