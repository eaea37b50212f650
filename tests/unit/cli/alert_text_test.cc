#include "cli/alert_text.h"

#include <gtest/gtest.h>

namespace godwit::cli {
namespace {

v1::Alert Raised(const std::string& kind, uint64_t count, uint64_t acknowledged) {
  v1::Alert alert;
  alert.set_kind(kind);
  alert.set_detail("what happened");
  alert.set_count(count);
  alert.set_acknowledged(acknowledged);
  if (acknowledged > 0) {
    alert.set_acknowledged_by("anna");
    alert.set_acknowledged_unix_ns(1'777'000'000'000'000'000);
    alert.set_acknowledged_why("spare unit");
  }
  return alert;
}

TEST(AlertTextTest, AnAlertIsOpenUntilAllOfItIsAcknowledged) {
  EXPECT_EQ(StateText(Raised("cloned", 2, 0)), "open");
  EXPECT_EQ(StateText(Raised("cloned", 2, 2)),
            "acknowledged by anna 2026-04-24T03:06:40.000Z: spare unit");
  EXPECT_EQ(StateText(Raised("cloned", 3, 2)),
            "open again; 2 acknowledged by anna 2026-04-24T03:06:40.000Z: spare unit");
}

TEST(AlertTextTest, AcknowledgedAlertsOfADeviceAreShownAndDoNotCount) {
  v1::DeviceSummary device;
  EXPECT_EQ(AlertKinds(device), "-");
  *device.add_alerts() = Raised("cloned", 2, 2);
  EXPECT_FALSE(HasOpenAlert(device));
  EXPECT_EQ(AlertKinds(device), "cloned (acknowledged)");
  EXPECT_EQ(AlertTexts(device, true), "");
  *device.add_alerts() = Raised("conflict", 1, 0);
  EXPECT_TRUE(HasOpenAlert(device));
  EXPECT_EQ(AlertKinds(device), "cloned (acknowledged), conflict");
  EXPECT_EQ(AlertTexts(device, true), "conflict (1): what happened");
  EXPECT_EQ(AlertTexts(device, false), "cloned (2): what happened");
}

}  // namespace
}  // namespace godwit::cli
