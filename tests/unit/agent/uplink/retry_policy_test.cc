#include "agent/uplink/retry_policy.h"

#include <gtest/gtest.h>

namespace godwit::agent {
namespace {

NextStep After(StatusCode code, std::optional<absl::Duration> hint = std::nullopt) {
  return NextStepAfter({.status = Error(code, "x"), .retry_after = hint});
}

TEST(RetryPolicyTest, AForgottenSessionIsOpenedAgainAtOnce) {
  EXPECT_EQ(After(StatusCode::kFailedPrecondition), NextStep::kReopenNow);
}

TEST(RetryPolicyTest, TroubleOfTheLinkOrTheCollectorBacksOff) {
  for (const StatusCode code : {StatusCode::kUnavailable, StatusCode::kDeadlineExceeded,
                                StatusCode::kAborted, StatusCode::kInternal, StatusCode::kUnknown,
                                StatusCode::kCancelled, StatusCode::kDataLoss}) {
    EXPECT_EQ(After(code), NextStep::kBackOff) << static_cast<int>(code);
  }
}

TEST(RetryPolicyTest, AMessageOverTheLimitIsNotRetriedQuicklyWithoutAHint) {
  EXPECT_EQ(After(StatusCode::kResourceExhausted), NextStep::kTellSomebody);
  EXPECT_EQ(After(StatusCode::kResourceExhausted, absl::Seconds(5)), NextStep::kBackOff);
}

TEST(RetryPolicyTest, WhatNeedsAPersonTellsOne) {
  for (const StatusCode code : {StatusCode::kUnauthenticated, StatusCode::kPermissionDenied,
                                StatusCode::kInvalidArgument, StatusCode::kUnimplemented}) {
    EXPECT_EQ(After(code), NextStep::kTellSomebody) << static_cast<int>(code);
  }
}

}  // namespace
}  // namespace godwit::agent
