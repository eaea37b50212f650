// Every list and text that a device reports is cut to its bound by the sender, and what a collector
// accepts is at least that much: at the bound, and one beyond it.
#include <gtest/gtest.h>

#include "agent/limits.h"
#include "agent/uplink/device_report.h"
#include "agent/uplink/open_request.h"
#include "base/text.h"
#include "collector/ingest/admission.h"
#include "collector/limits.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::agent {
namespace {

static_assert(kReportedRunsMax <= collector::kSessionRunsMax);
static_assert(kReportedRangesMax <= collector::kSessionRangesMax);
static_assert(kReportedTablesMax <= collector::kSessionTablesMax);
static_assert(kReportedLossesMax <= collector::kSessionLossesMax);
static_assert(kReportedQuarantinedMax <= collector::kQuarantinedMax);
static_assert(kReportedLabelsMax <= collector::kDeviceLabelsMax);
static_assert(kReportedNameBytesMax <= collector::kDeviceNameBytesMax);
static_assert(kReportedSettingsMax <= collector::kReportSettingsMax);
static_assert(kReportedSensorsMax <= collector::kReportSensorsMax);
static_assert(kReportedTextBytesMax <= collector::kReportTextBytesMax);
static_assert(kStreamRecordsMax <= collector::kStreamRecordsMax);
static_assert(kStreamTablesMax <= collector::kStreamTablesMax);
// What a collector of version 0.1 accepts.
static_assert(kReportedTablesMax == 4096);

v1::OpenSessionRequest Request(const SpoolInventory& inventory, Identity identity = {}) {
  sim::SimScheduler scheduler(1);
  sim::SimClock clock(scheduler);
  identity.device_id = "dev";
  identity.boot_id = BootId(kBootIdSize, 'b');
  v1::OpenSessionRequest request = MakeOpenRequest(identity, clock, inventory);
  EXPECT_TRUE(collector::AdmitSession(request).ok()) << collector::AdmitSession(request).status();
  return request;
}

class RequestBoundsTest : public testing::TestWithParam<size_t> {
 protected:
  // The bound, and so many more.
  size_t Count(size_t bound) const { return bound + GetParam(); }
};

TEST_P(RequestBoundsTest, TablesBeyondTheBoundAreNotReported) {
  SpoolInventory inventory;
  for (size_t i = 0; i < Count(kReportedTablesMax); ++i) {
    std::string id = std::to_string(i);
    inventory.table_ids.push_back(id.append(kTableIdSize - id.size(), '.'));
  }
  const auto request = Request(inventory);
  ASSERT_EQ(request.table_ids_size(), static_cast<int>(kReportedTablesMax));
  EXPECT_EQ(request.table_ids(0), inventory.table_ids[0]);
}

TEST_P(RequestBoundsTest, LossesBeyondTheBoundWaitForTheNextSession) {
  SpoolInventory inventory;
  for (size_t i = 0; i < Count(kReportedLossesMax); ++i) {
    inventory.losses.push_back({7, {2 * i + 1, 2 * i + 1}, LossReason::kDamaged});
  }
  EXPECT_EQ(Request(inventory).losses_size(), static_cast<int>(kReportedLossesMax));
}

TEST_P(RequestBoundsTest, RunsBeyondTheBoundWaitForTheNextSession) {
  SpoolInventory inventory;
  for (size_t i = 0; i < Count(kReportedRunsMax); ++i) {
    inventory.runs.push_back({.run = i + 1, .last_seq = 4});
    inventory.runs.back().held.Add(Seq{2});
    inventory.runs.back().held.Add(Seq{4});
  }
  EXPECT_EQ(Request(inventory).runs_size(), static_cast<int>(kReportedRunsMax));
}

TEST_P(RequestBoundsTest, RangesBeyondTheBoundAreDrawnTogether) {
  RunState run{.run = 7, .last_seq = 2 * Count(kReportedRangesMax)};
  for (size_t i = 1; i <= Count(kReportedRangesMax); ++i) run.held.Add(Seq{2 * i});
  const auto request = Request({.runs = {run}});
  EXPECT_EQ(request.runs(0).held_size(), static_cast<int>(kReportedRangesMax));
  EXPECT_EQ(request.runs(0).held(request.runs(0).held_size() - 1).last(), run.last_seq);
}

TEST_P(RequestBoundsTest, CopiesBeyondTheBoundWaitForTheNextSession) {
  SpoolInventory inventory;
  for (size_t i = 1; i <= Count(kReportedQuarantinedMax); ++i) {
    inventory.rejected_and_held.push_back({7, 2 * i});
  }
  EXPECT_EQ(Request(inventory).quarantined_size(), static_cast<int>(kReportedQuarantinedMax));
}

TEST_P(RequestBoundsTest, LabelsBeyondTheBoundAreLeftOutAndCounted) {
  Identity identity;
  for (size_t i = 0; i < Count(kReportedLabelsMax); ++i) identity.labels[Cat("key", i)] = "value";
  EXPECT_EQ(Request({}, identity).labels_size(), static_cast<int>(kReportedLabelsMax));
  google::protobuf::RepeatedPtrField<v1::Label> list;
  EXPECT_EQ(AddLabels(identity.labels, list), GetParam());
}

TEST_P(RequestBoundsTest, ALabelWithALongerKeyOrValueIsLeftOut) {
  const std::string text(Count(kReportedLabelBytesMax), 'x');
  const int fits = GetParam() == 0 ? 1 : 0;
  EXPECT_EQ(Request({}, {.labels = {{text, "value"}}}).labels_size(), fits);
  EXPECT_EQ(Request({}, {.labels = {{"key", text}}}).labels_size(), fits);
  EXPECT_EQ(Request({}, {.labels = {{"", "value"}}}).labels_size(), 0);
}

TEST_P(RequestBoundsTest, ALongerNameIsCut) {
  const auto request = Request({}, {.device_name = std::string(Count(kReportedNameBytesMax), 'x')});
  EXPECT_EQ(request.device_name().size(), kReportedNameBytesMax);
}

TEST_P(RequestBoundsTest, AReportHasNoMoreSettingsAndSensorsThanItsBounds) {
  sim::SimScheduler scheduler(1);
  sim::SimClock clock(scheduler);
  const std::string text(Count(kReportedTextBytesMax), 'x');
  Identity identity;
  identity.settings.resize(Count(kReportedSettingsMax), {text, text, text});
  std::vector<SensorReport> sensors(Count(kReportedSensorsMax),
                                    {.name = text, .state = "good", .error = text});
  DeviceReporter reporter(
      identity, [&] { return sensors; }, clock);
  const auto report = reporter.InFull({.disk = Error(StatusCode::kInternal, text)});
  ASSERT_EQ(report.settings_size(), static_cast<int>(kReportedSettingsMax));
  ASSERT_EQ(report.sensors().sensors_size(), static_cast<int>(kReportedSensorsMax));
  EXPECT_EQ(report.disk().size(), kReportedTextBytesMax);
  EXPECT_EQ(report.settings(0).name().size(), kReportedTextBytesMax);
  EXPECT_EQ(report.settings(0).value().size(), kReportedTextBytesMax);
  EXPECT_EQ(report.settings(0).origin().size(), kReportedTextBytesMax);
  EXPECT_EQ(report.sensors().sensors(0).name().size(), kReportedTextBytesMax);
  EXPECT_EQ(report.sensors().sensors(0).error().size(), kReportedTextBytesMax);
}

INSTANTIATE_TEST_SUITE_P(AtTheBoundAndOneBeyond, RequestBoundsTest, testing::Values(0, 1));

}  // namespace
}  // namespace godwit::agent
