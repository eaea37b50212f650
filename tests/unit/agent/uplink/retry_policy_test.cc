#include "agent/uplink/retry_policy.h"

#include <gtest/gtest.h>

#include <string>

#include "agent/limits.h"

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
  EXPECT_EQ(After(StatusCode::kResourceExhausted), NextStep::kNeedsAttention);
  EXPECT_EQ(After(StatusCode::kResourceExhausted, absl::Seconds(5)), NextStep::kBackOff);
}

TEST(RetryPolicyTest, WhatNeedsAPersonNeedsAttention) {
  for (const StatusCode code : {StatusCode::kUnauthenticated, StatusCode::kPermissionDenied,
                                StatusCode::kInvalidArgument, StatusCode::kUnimplemented}) {
    EXPECT_EQ(After(code), NextStep::kNeedsAttention) << static_cast<int>(code);
  }
}

TEST(RetryPolicyTest, AHintComesBeforeAnotherSessionAtOnce) {
  EXPECT_EQ(After(StatusCode::kFailedPrecondition, absl::Seconds(5)), NextStep::kBackOff);
}

absl::Duration Wait(StatusCode code, std::optional<absl::Duration> hint, absl::Duration backoff) {
  return WaitAfter({.status = Error(code, "x"), .retry_after = hint}, backoff);
}

TEST(RetryPolicyTest, AHintIsNeverLessThanTheBackOff) {
  EXPECT_EQ(Wait(StatusCode::kUnavailable, absl::ZeroDuration(), absl::Seconds(40)),
            absl::Seconds(40));
  EXPECT_EQ(Wait(StatusCode::kUnavailable, -absl::Hours(1), absl::Seconds(40)), absl::Seconds(40));
  EXPECT_EQ(Wait(StatusCode::kUnavailable, absl::Seconds(50), absl::Seconds(40)),
            absl::Seconds(50));
}

TEST(RetryPolicyTest, AHintIsAtMostItsBound) {
  for (const absl::Duration hint : {absl::Hours(1000), absl::InfiniteDuration()}) {
    EXPECT_EQ(Wait(StatusCode::kUnavailable, hint, absl::Seconds(1)), kRetryHintMax);
  }
}

TEST(RetryPolicyTest, WithoutAHintTheTableDecides) {
  EXPECT_EQ(Wait(StatusCode::kUnavailable, {}, absl::Seconds(3)), absl::Seconds(3));
  EXPECT_EQ(Wait(StatusCode::kPermissionDenied, {}, absl::Seconds(3)), kSlowRetry);
}

TEST(RetryHintTest, AHintIsReadAsMilliseconds) {
  EXPECT_EQ(ParseRetryHint("0"), absl::ZeroDuration());
  EXPECT_EQ(ParseRetryHint("1500"), absl::Milliseconds(1500));
}

TEST(RetryHintTest, AHintOfAnyLengthIsALongOne) {
  EXPECT_GT(*ParseRetryHint("9223372036854775808"), kRetryHintMax);
  EXPECT_GT(*ParseRetryHint("18446744073709551615"), kRetryHintMax);
  EXPECT_GT(*ParseRetryHint(std::string(1000, '9')), kRetryHintMax);
}

TEST(RetryHintTest, WhatIsNoNumberIsNoHint) {
  for (const char* text : {"", "-1", "+1", "1s", " 1", "1 ", "0x10", "1.5", "nan"}) {
    EXPECT_EQ(ParseRetryHint(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace godwit::agent
