// As which device a caller may speak, in each mode, and who is listed.
#include "collector/identity/identity_gate.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "collector/limits.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::collector {
namespace {

Caller CallerWith(const std::string& uri) {
  return {.certificate = {.uris = {uri}}, .address = "ipv4:192.0.2.1:40000"};
}

class IdentityGateTest : public testing::Test {
 protected:
  Status Admit(IdentityMode mode, const Caller& caller, const std::string& device = "pump") {
    scheduler_.RunFor(absl::Seconds(1));
    const IdentityGate gate(mode, *IdentityMap::Parse({"cn:(.+)"}),
                            {.clock = clock_, .statistics = statistics_, .refused = refused_});
    return gate.Admit(caller, device);
  }
  uint64_t Counted(const std::string& reason) {
    const auto refusals = statistics_.Read(0, 0).refusals;
    const auto found = refusals.find(reason);
    return found == refusals.end() ? 0 : found->second;
  }

  sim::SimScheduler scheduler_{1};
  sim::SimClock clock_{scheduler_};
  Statistics statistics_;
  RefusedCallers refused_;
};

TEST_F(IdentityGateTest, ARequiredIdentityIsThatOfTheCertificate) {
  const IdentityMode mode = IdentityMode::kRequired;
  EXPECT_TRUE(Admit(mode, CallerWith("godwit://device/pump")).ok());
  EXPECT_TRUE(Admit(mode, {.certificate = {.common_name = "pump"}}).ok());
  EXPECT_TRUE(refused_.List().empty());
  const Status other = Admit(mode, CallerWith("godwit://device/fan"));
  EXPECT_TRUE(absl::IsPermissionDenied(other)) << other;
  EXPECT_EQ(Message(other), "its certificate is that of device 'fan', not of 'pump'");
  EXPECT_TRUE(absl::IsUnauthenticated(Admit(mode, CallerWith("urn:x"))));
  EXPECT_TRUE(absl::IsUnauthenticated(Admit(mode, {})));
  EXPECT_EQ(Counted("identity refused"), 3u);
}

TEST_F(IdentityGateTest, ObservingTakesEverybodyAndListsThoseThatRequiredWouldRefuse) {
  EXPECT_TRUE(Admit(IdentityMode::kObserve, {}).ok());
  EXPECT_TRUE(Admit(IdentityMode::kObserve, CallerWith("godwit://device/fan"), "fan").ok());
  EXPECT_TRUE(Admit(IdentityMode::kObserve, CallerWith("godwit://device/fan")).ok());
  const auto listed = refused_.List();
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].device_id, "pump");
  EXPECT_EQ(listed[0].certificate, "URI=godwit://device/fan");
  EXPECT_EQ(listed[0].address, "ipv4:192.0.2.1:40000");
  EXPECT_TRUE(listed[0].admitted);
  EXPECT_EQ(listed[0].calls, 2u);
  EXPECT_EQ(Counted("identity observed"), 2u);
}

TEST_F(IdentityGateTest, SwitchedOffItTakesEverybodyAndListsNobody) {
  EXPECT_TRUE(Admit(IdentityMode::kOff, {}).ok());
  EXPECT_TRUE(Admit(IdentityMode::kOff, CallerWith("godwit://device/fan")).ok());
  EXPECT_TRUE(refused_.List().empty());
}

TEST_F(IdentityGateTest, AListedDeviceThatIsIdentifiedLaterIsListedWithThatTime) {
  EXPECT_TRUE(Admit(IdentityMode::kObserve, {}).ok());
  EXPECT_EQ(refused_.List()[0].identified_unix_ns, 0);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(Admit(IdentityMode::kObserve, CallerWith("godwit://device/pump")).ok());
    EXPECT_EQ(refused_.List()[0].identified_unix_ns,
              refused_.List()[0].last_unix_ns + 1'000'000'000);
  }
  EXPECT_TRUE(Admit(IdentityMode::kObserve, {}).ok());
  EXPECT_EQ(refused_.List()[0].identified_unix_ns, 0);
}

TEST(RefusedCallersTest, BeyondItsBoundTheDeviceWithTheOldestCallGoes) {
  RefusedCallers refused;
  for (size_t i = 0; i < kRefusedCallersMax; ++i) refused.Note({.device_id = std::to_string(i)});
  refused.Note({.device_id = "0"});
  refused.Note({.device_id = "one more"});
  const auto listed = refused.List();
  ASSERT_EQ(listed.size(), kRefusedCallersMax);
  EXPECT_EQ(listed[0].device_id, "one more");
  EXPECT_EQ(listed[1].device_id, "0");
  EXPECT_EQ(listed[1].calls, 2u);
  EXPECT_EQ(listed.back().device_id, "2");
}

TEST(RefusedCallersTest, OnlyTheFirstCallAndAnotherReasonAreNews) {
  RefusedCallers refused;
  EXPECT_TRUE(refused.Note({.device_id = "a", .reason = "x"}));
  EXPECT_FALSE(refused.Note({.device_id = "a", .reason = "x"}));
  EXPECT_TRUE(refused.Note({.device_id = "a", .reason = "y"}));
}

TEST(RefusedCallersTest, WhatStrangersWriteIsCutAndCleaned) {
  RefusedCallers refused;
  refused.Note({.device_id = "a",
                .certificate = std::string(10'000, 'c'),
                .address = "\x1b[2J",
                .reason = std::string(10'000, 'r')});
  const auto listed = refused.List();
  EXPECT_LE(listed[0].certificate.size(), kRefusedCallerTextBytesMax + 3);
  EXPECT_LE(listed[0].reason.size(), kRefusedCallerTextBytesMax + 3);
  EXPECT_EQ(listed[0].address, "\\x1b[2J");
}

}  // namespace
}  // namespace godwit::collector
