#include "agent/uplink/open_request.h"

#include <gtest/gtest.h>

#include <limits>

#include "agent/limits.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::agent {
namespace {

v1::OpenSessionRequest RequestOf(const SpoolInventory& inventory) {
  sim::SimScheduler scheduler(1);
  sim::SimClock clock(scheduler);
  return MakeOpenRequest({.device_id = "dev", .labels = {{"site", "here"}}}, clock, inventory);
}

size_t Ranges(const v1::OpenSessionRequest& request) {
  size_t ranges = 0;
  for (const v1::HeldRun& run : request.runs()) ranges += static_cast<size_t>(run.held_size());
  return ranges;
}

RunState RunWithHoles(RunId id, uint64_t ranges) {
  RunState run{.run = id, .last_seq = 2 * ranges};
  for (uint64_t i = 1; i <= ranges; ++i) run.held.Add(Seq{2 * i});
  return run;
}

TEST(OpenRequestTest, SaysWhatIsHeldAsItIs) {
  const auto request = RequestOf({.runs = {RunWithHoles(7, 3)}});
  ASSERT_EQ(request.runs_size(), 1);
  EXPECT_EQ(request.runs(0).run_id(), 7u);
  EXPECT_EQ(request.runs(0).held_size(), 3);
  EXPECT_EQ(request.labels(0).key(), "site");
}

// A range too many would be refused by the collector, and one left out would be taken for lost.
TEST(OpenRequestTest, DrawsRangesBeyondTheBoundIntoOneThatCoversThem) {
  const auto request = RequestOf({.runs = {RunWithHoles(7, 3000), RunWithHoles(8, 3000)}});
  EXPECT_LE(Ranges(request), kReportedRangesMax);
  for (const v1::HeldRun& run : request.runs()) {
    EXPECT_EQ(run.held(0).first(), 2u);
    EXPECT_EQ(run.held(run.held_size() - 1).last(), 6000u);
  }
}

TEST(OpenRequestTest, KeepsARangeForEachOfManyRuns) {
  SpoolInventory inventory;
  for (RunId run = 1; run <= kReportedRunsMax + 10; ++run)
    inventory.runs.push_back(RunWithHoles(run, 2));
  const auto request = RequestOf(inventory);
  EXPECT_EQ(request.runs_size(), static_cast<int>(kReportedRunsMax));
  EXPECT_LE(Ranges(request), kReportedRangesMax);
  for (const v1::HeldRun& run : request.runs()) {
    EXPECT_EQ(run.held(0).first(), 2u);
    EXPECT_EQ(run.held(run.held_size() - 1).last(), 4u);
  }
}

// The collector refuses a longer list, and with it the whole call: the next call reports the
// rest.
TEST(OpenRequestTest, ReportsNoMoreCopiesThanOneCallMay) {
  SpoolInventory inventory;
  for (Seq seq = 1; seq <= 2 * kReportedQuarantinedMax; ++seq)
    inventory.rejected_and_held.push_back({7, seq});
  const auto request = RequestOf(inventory);
  ASSERT_EQ(request.quarantined_size(), 1);
  EXPECT_EQ(request.quarantined(0).seqs().first(), 1u);
  EXPECT_EQ(request.quarantined(0).seqs().last(), kReportedQuarantinedMax);
}

TEST(OpenRequestTest, JoinsNeighbouringQuarantinedRecords) {
  const auto request = RequestOf({.rejected_and_held = {{7, 1}, {7, 2}, {7, 4}, {8, 5}}});
  ASSERT_EQ(request.quarantined_size(), 3);
  EXPECT_EQ(request.quarantined(0).seqs().last(), 2u);
}

v1::OpenSessionResponse Settling(RunId run, SeqRange seqs) {
  v1::OpenSessionResponse response;
  v1::SettledRun& settled = *response.add_settled();
  settled.set_run_id(run);
  settled.add_settled()->set_first(seqs.first);
  settled.mutable_settled(0)->set_last(seqs.last);
  return response;
}

TEST(OpenAnswerTest, WhatWasReportedAsHeldMayBeSettled) {
  const auto held = HeldIn(RequestOf({.runs = {{.run = 7, .held = SeqSet({{3, 9}})}}}));
  for (const SeqRange seqs : {SeqRange{3, 9}, SeqRange{3, 3}, SeqRange{9, 9}}) {
    const auto settled = SettledIn(Settling(7, seqs), held);
    ASSERT_TRUE(settled.ok());
    EXPECT_EQ(settled->at(7).Ranges(), (std::vector<SeqRange>{seqs}));
  }
  EXPECT_TRUE(SettledIn({}, held)->empty());
}

TEST(OpenAnswerTest, AnAnswerThatSettlesAnythingElseIsRefused) {
  constexpr Seq kMax = std::numeric_limits<Seq>::max();
  const auto held = HeldIn(RequestOf({.runs = {{.run = 7, .held = SeqSet({{3, 5}, {7, 9}})}}}));
  for (const SeqRange seqs : {SeqRange{2, 5}, SeqRange{3, 7}, SeqRange{6, 6}, SeqRange{9, 10},
                              SeqRange{0, 0}, SeqRange{1, kMax}, SeqRange{5, 3}}) {
    EXPECT_FALSE(SettledIn(Settling(7, seqs), held).ok()) << seqs.first << " to " << seqs.last;
  }
  EXPECT_FALSE(SettledIn(Settling(8, {3, 5}), held).ok());
}

// What the request draws into one range the collector may settle as one.
TEST(OpenAnswerTest, ARangeThatWasDrawnIntoOneMayBeSettledAsOne) {
  const auto request = RequestOf({.runs = {RunWithHoles(7, 2 * kReportedRangesMax)}});
  const v1::SeqRange& last = request.runs(0).held(request.runs(0).held_size() - 1);
  EXPECT_TRUE(SettledIn(Settling(7, {last.first(), last.last()}), HeldIn(request)).ok());
}

}  // namespace
}  // namespace godwit::agent
