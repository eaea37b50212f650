// The table of the session's states: what leads where, and what is done then.
#include "agent/uplink/session_state.h"

#include <gtest/gtest.h>

namespace godwit::agent {
namespace {

constexpr SessionState kAllStates[] = {SessionState::kIdle,    SessionState::kWaiting,
                                       SessionState::kOpening, SessionState::kOpen,
                                       SessionState::kBlocked, SessionState::kProbing};

TEST(SessionStateTest, AFailureWaitsForARetry) {
  for (const SessionState state : {SessionState::kOpening, SessionState::kOpen,
                                   SessionState::kBlocked, SessionState::kProbing}) {
    const SessionStep step = After(state, SessionEvent::kFailed);
    EXPECT_EQ(step.state, SessionState::kWaiting) << NameOf(state);
    EXPECT_EQ(step.action, SessionAction::kAwaitRetry) << NameOf(state);
  }
}

TEST(SessionStateTest, WhateverLeadsToOpeningOpensASession) {
  for (const SessionState state : {SessionState::kOpening, SessionState::kOpen,
                                   SessionState::kBlocked, SessionState::kProbing}) {
    EXPECT_EQ(After(state, SessionEvent::kReopen).action, SessionAction::kOpenSession);
  }
  EXPECT_EQ(After(SessionState::kIdle, SessionEvent::kStart).action, SessionAction::kOpenSession);
  EXPECT_EQ(After(SessionState::kWaiting, SessionEvent::kRetry).action,
            SessionAction::kOpenSession);
}

TEST(SessionStateTest, ARejectedProbeIsFollowedByALaterOne) {
  SessionStep step = After(SessionState::kOpen, SessionEvent::kRejected);
  EXPECT_EQ(step.state, SessionState::kBlocked);
  EXPECT_EQ(step.action, SessionAction::kAwaitProbe);
  step = After(SessionState::kBlocked, SessionEvent::kProbeDue);
  EXPECT_EQ(step.state, SessionState::kProbing);
  EXPECT_EQ(step.action, SessionAction::kProbe);
  step = After(SessionState::kProbing, SessionEvent::kRejected);
  EXPECT_EQ(step.state, SessionState::kBlocked);
  EXPECT_EQ(step.action, SessionAction::kPostponeProbe);
}

TEST(SessionStateTest, WhatIsTakenOpensTheUpload) {
  for (const SessionState state :
       {SessionState::kOpen, SessionState::kBlocked, SessionState::kProbing}) {
    const SessionStep step = After(state, SessionEvent::kAccepted);
    EXPECT_EQ(step.state, SessionState::kOpen) << NameOf(state);
    EXPECT_EQ(step.action, SessionAction::kSendRecords) << NameOf(state);
  }
}

TEST(SessionStateTest, ADrainEndsWhatSendsNothingAndEachStateCanEnd) {
  EXPECT_EQ(After(SessionState::kBlocked, SessionEvent::kDrain).state, SessionState::kIdle);
  EXPECT_EQ(After(SessionState::kProbing, SessionEvent::kDrain).state, SessionState::kIdle);
  EXPECT_EQ(After(SessionState::kOpen, SessionEvent::kDrain).state, SessionState::kOpen);
  EXPECT_EQ(After(SessionState::kWaiting, SessionEvent::kDrain).state, SessionState::kOpening);
  for (const SessionState state : kAllStates) {
    EXPECT_EQ(After(state, SessionEvent::kDone).state, SessionState::kIdle) << NameOf(state);
    EXPECT_EQ(After(state, SessionEvent::kDone).action, SessionAction::kEnd) << NameOf(state);
  }
}

TEST(SessionStateDeathTest, AnEventThatCannotComeAborts) {
  EXPECT_DEATH(After(SessionState::kIdle, SessionEvent::kFailed), "cannot come");
}

}  // namespace
}  // namespace godwit::agent
