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
  EXPECT_NE(Refusal(request).find("a sequence number above"), std::string::npos);
  request = Request();
  request.mutable_runs(0)->mutable_held(0)->set_last(11);
  EXPECT_NE(Refusal(request).find("ends after the run's last record"), std::string::npos);
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

// By whatever way it comes.
TEST(AdmissionTest, NoSeqBeyondTheBoundIsAdmitted) {
  EXPECT_EQ(kSeqMax, uint64_t{1} << 62);
  for (const uint64_t seq : {kSeqMax, kSeqMax + 1, ~uint64_t{0}}) {
    const bool fits = seq == kSeqMax;
    auto request = Request();
    request.mutable_runs(0)->set_last_seq(seq);
    EXPECT_EQ(Refusal(request).empty(), fits);
    request = Request();
    request.mutable_runs(0)->set_follows_last_seq(seq);
    EXPECT_EQ(Refusal(request).empty(), fits);
    request = Request();
    v1::Loss& loss = *request.add_losses();
    loss.set_run_id(7);
    loss.mutable_seqs()->set_first(1);
    loss.mutable_seqs()->set_last(seq);
    EXPECT_EQ(Refusal(request).empty(), fits);
    request = Request();
    v1::QuarantinedRecords& copy = *request.add_quarantined();
    copy.set_run_id(7);
    copy.mutable_seqs()->set_first(seq);
    copy.mutable_seqs()->set_last(seq);
    EXPECT_EQ(Refusal(request).empty(), fits);
    v1::Record record;
    record.set_run_id(7);
    record.set_seq(seq);
    record.set_batch(*EncodeBatch({.boot_id = BootId(kBootIdSize, 'b')}));
    record.set_checksum(Checksum(record.batch()));
    EXPECT_EQ(AdmitRecord(record).ok(), fits);
  }
}

// Each list at its bound, and one beyond it.
TEST(AdmissionTest, AListIsAdmittedAtItsBoundAndNotOneBeyond) {
  const auto expect_bound = [](size_t bound, const std::string& refusal, auto&& add) {
    v1::OpenSessionRequest request = Request();
    request.clear_runs();
    for (size_t i = 0; i < bound; ++i) add(request, i);
    EXPECT_EQ(Refusal(request), "");
    add(request, bound);
    EXPECT_EQ(Refusal(request), refusal);
  };
  const auto add_run = [](v1::OpenSessionRequest& request, size_t i) {
    request.add_runs()->set_run_id(i + 1);
  };
  const auto add_range = [](v1::OpenSessionRequest& request, size_t i) {
    if (request.runs().empty()) request.add_runs()->set_run_id(1);
    v1::HeldRun& run = *request.mutable_runs(0);
    run.set_last_seq(i + 1);
    v1::SeqRange& range = *run.add_held();
    range.set_first(i + 1);
    range.set_last(i + 1);
  };
  const auto add_table = [](v1::OpenSessionRequest& request, size_t) {
    request.add_table_ids(TableId(kTableIdSize, 't'));
  };
  const auto add_loss = [](v1::OpenSessionRequest& request, size_t i) {
    v1::Loss& loss = *request.add_losses();
    loss.set_run_id(1);
    loss.mutable_seqs()->set_first(i + 1);
    loss.mutable_seqs()->set_last(i + 1);
  };
  const auto add_copy = [](v1::OpenSessionRequest& request, size_t i) {
    v1::QuarantinedRecords& copy = *request.add_quarantined();
    copy.set_run_id(1);
    copy.mutable_seqs()->set_first(i + 1);
    copy.mutable_seqs()->set_last(i + 1);
  };
  const auto add_label = [](v1::OpenSessionRequest& request, size_t i) {
    request.add_labels()->set_key(std::to_string(i));
  };
  expect_bound(4096, "runs: at most 4096", add_run);
  expect_bound(4096, "runs: at most 4096 held ranges", add_range);
  // Agents of version 0.1 send as many as a segment has.
  expect_bound(65'536, "table_ids: at most 65536", add_table);
  expect_bound(1024, "losses: at most 1024", add_loss);
  expect_bound(1024, "quarantined: at most 1024 records", add_copy);
  expect_bound(32, "labels: at most 32", add_label);
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
