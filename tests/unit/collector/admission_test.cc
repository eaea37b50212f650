#include "collector/ingest/admission.h"

#include <gtest/gtest.h>

#include "base/checksum.h"
#include "codec/batch_codec.h"
#include "collector/ingest/sessions.h"
#include "collector/limits.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::collector {
namespace {

v1::OpenSessionRequest Request() {
  v1::OpenSessionRequest request;
  request.set_device_id("dev");
  request.set_boot_id(BootId(kBootIdSize, 'b'));
  v1::HeldRun& run = *request.add_runs();
  run.set_run_id(7);
  run.set_last_seq(10);
  run.add_held()->set_first(3);
  run.mutable_held(0)->set_last(9);
  return request;
}

std::string Refusal(const v1::OpenSessionRequest& request) {
  const auto admitted = AdmitSession(request);
  EXPECT_TRUE(admitted.ok() || absl::IsInvalidArgument(admitted.status()));
  return admitted.ok() ? "" : Message(admitted.status());
}

TEST(AdmissionTest, ASoundRequestIsAdmittedAsItStands) {
  const auto opening = AdmitSession(Request());
  ASSERT_TRUE(opening.ok()) << opening.status();
  EXPECT_EQ(opening->device.device_id, "dev");
  ASSERT_EQ(opening->runs.size(), 1u);
  EXPECT_EQ(opening->runs[0].held.Ranges(), (std::vector<SeqRange>{{3, 9}}));
}

TEST(AdmissionTest, EachBoundIsRefusedByName) {
  auto request = Request();
  request.set_device_id("");
  EXPECT_EQ(Refusal(request), "device_id: must have 1 to 255 bytes");
  request.set_device_id(std::string(256, 'x'));
  EXPECT_NE(Refusal(request), "");
  request = Request();
  request.set_boot_id("short");
  EXPECT_EQ(Refusal(request), "boot_id: must have 16 bytes");
  request = Request();
  request.mutable_runs(0)->set_run_id(0);
  EXPECT_EQ(Refusal(request), "runs: a run id of 0");
  request = Request();
  request.mutable_runs(0)->set_follows_run_id(7);
  EXPECT_EQ(Refusal(request), "runs: a run that follows itself");
  request = Request();
  request.mutable_runs(0)->set_last_seq(kSeqMax + 1);
  EXPECT_NE(Refusal(request).find("a seq above"), std::string::npos);
  request = Request();
  request.mutable_runs(0)->mutable_held(0)->set_last(11);
  EXPECT_NE(Refusal(request).find("beyond the run's last seq"), std::string::npos);
  request = Request();
  for (size_t i = 0; i <= kSessionRangesMax; ++i)
    *request.mutable_runs(0)->add_held() = request.runs(0).held(0);
  EXPECT_NE(Refusal(request).find("held ranges"), std::string::npos);
  request = Request();
  request.add_table_ids("short");
  EXPECT_EQ(Refusal(request), "table_ids: must have 16 bytes");
  request = Request();
  for (size_t i = 0; i <= kDeviceLabelsMax; ++i) request.add_labels()->set_key(std::to_string(i));
  EXPECT_EQ(Refusal(request), "labels: at most 32");
}

TEST(AdmissionTest, ATableMustHaveTheIdOfItsBytes) {
  v1::Table table;
  table.set_encoded(EncodeTable({.series = {{.name = "a"}}}));
  table.set_table_id(TableIdOf({.series = {{.name = "a"}}}));
  ASSERT_TRUE(AdmitTable(table).ok());
  EXPECT_EQ(AdmitTable(table)->series, 1u);
  table.set_table_id(TableId(kTableIdSize, 'x'));
  EXPECT_TRUE(absl::IsInvalidArgument(AdmitTable(table).status()));
}

TEST(AdmissionTest, WhatCannotBeJudgedIsNotCalledInvalid) {
  v1::Record record;
  record.set_run_id(7);
  record.set_seq(1);
  record.set_batch(*EncodeBatch({.boot_id = BootId(kBootIdSize, 'b')}));
  record.set_checksum(Checksum(record.batch()));
  EXPECT_TRUE(AdmitRecord(record).ok());
  record.set_checksum(0);
  EXPECT_TRUE(absl::IsDataLoss(AdmitRecord(record).status()));
  record.mutable_batch()->at(3) = 77;  // a later version
  record.set_checksum(Checksum(record.batch()));
  EXPECT_TRUE(absl::IsUnimplemented(AdmitRecord(record).status()));
  record.set_seq(0);
  EXPECT_TRUE(absl::IsInvalidArgument(AdmitRecord(record).status()));
}

TEST(SessionsTest, TheOldestSessionOfADeviceGoesFirst) {
  sim::SimScheduler scheduler(1);
  sim::SimRandom random(scheduler);
  Sessions sessions(random);
  const std::string other = sessions.Open("other");
  std::vector<std::string> tokens;
  for (size_t i = 0; i <= kSessionsPerDeviceMax; ++i) tokens.push_back(sessions.Open("dev"));
  EXPECT_EQ(sessions.DeviceOf(tokens[0]), std::nullopt);
  EXPECT_EQ(sessions.DeviceOf(tokens[1]), "dev");
  EXPECT_EQ(sessions.DeviceOf(tokens.back()), "dev");
  EXPECT_EQ(sessions.DeviceOf(other), "other");
  EXPECT_EQ(sessions.DeviceOf("guess"), std::nullopt);
}

}  // namespace
}  // namespace godwit::collector
