// What a collector says, and what the agent believes of it: claims about records, hints when to
// come back, ends of the command stream, rejections.
#include <gtest/gtest.h>

#include <limits>

#include "agent/limits.h"
#include "base/text.h"
#include "tests/sim/world.h"

namespace godwit::sim {
namespace {

using agent::SessionState;

class HostileCollectorTest : public testing::Test {
 protected:
  void Begin() {
    world.StartCollector();
    world.StartMachine(world.device());
    world.RunFor(absl::Minutes(1));
  }
  void ExpectDrained() {
    EXPECT_TRUE(world.RunUntilDrained(absl::Hours(3)));
    EXPECT_EQ(world.Violations(), "");
  }
  // Ends the session; the next answer to OpenSession, and each after it, is this.
  void AnswerWith(const agent::CallResult& result) {
    world.network.lies().AlwaysOpenBy(
        [result](agent::CallResult& given, v1::OpenSessionResponse&) { given = result; });
    world.network.Cut();
  }
  const agent::UploadCounters& Counters() { return world.device().uploader().counters(); }
  SessionState State() { return world.device().uploader().state(); }
  uint64_t Copies() { return world.device().spool().stats().quarantined_copies; }
  // Runs until a session has reported the copies, and the originals are gone.
  void HaveRecordsMisread() {
    world.ReplaceCollector(/*misreads=*/true);
    world.RunFor(absl::Minutes(10));
    world.network.Cut();
    world.RunFor(absl::Minutes(1));
    ASSERT_EQ(Rejected(), 7u);
  }
  uint64_t Rejected() {
    uint64_t rejected = 0;
    for (const auto& [name, issue] : world.ledger.issued())
      rejected += world.store.IsRejected(name);
    return rejected;
  }
  void SetCopiesUnreadable(bool unreadable) {
    const auto files = world.device().disk.List("/spool");
    for (const FileEntry& entry : *files) {
      if (!entry.name.ends_with(".rejected")) continue;
      world.device().disk.set_unreadable(Cat("/spool/", entry.name), unreadable);
    }
  }

  World world{1};
};

agent::CallResult Unavailable(absl::Duration hint) {
  return {.status = Error(StatusCode::kUnavailable, "not now"), .retry_after = hint};
}

// Claims ---------------------------------------------------------------------------------------

struct Claim {
  const char* name;
  SeqRange seqs;
  bool of_another_run = false;
};
class ClaimTest : public HostileCollectorTest, public testing::WithParamInterface<Claim> {};

TEST_P(ClaimTest, AnAnswerThatSettlesWhatWasNotReportedDeletesNothing) {
  Begin();
  const Claim claim = GetParam();
  world.network.lies().AlwaysOpenBy([claim](agent::CallResult&, v1::OpenSessionResponse& response) {
    if (response.settled().empty()) response.add_settled()->set_run_id(1);
    for (v1::SettledRun& run : *response.mutable_settled()) {
      if (claim.of_another_run) run.set_run_id(run.run_id() + 1);
      v1::SeqRange& range = *run.add_settled();
      range.set_first(claim.seqs.first);
      range.set_last(claim.seqs.last);
    }
  });
  world.network.Cut();
  world.RunFor(absl::Minutes(30));
  // A record every 10 s, none of them sent and none of them gone.
  EXPECT_GE(world.device().Held().size(), 180u);
  EXPECT_EQ(State(), SessionState::kWaiting);
  EXPECT_GE(Counters().answers_refused, 3u);
  EXPECT_LE(Counters().answers_refused, 40u) << "it does not back off";
  world.network.lies().End();
  ExpectDrained();
}

constexpr Seq kLast = std::numeric_limits<Seq>::max();
INSTANTIATE_TEST_SUITE_P(
    All, ClaimTest,
    testing::Values(Claim{"WithoutEnd", {1, kLast}}, Claim{"OfHalfOfAllNumbers", {1, kLast / 2}},
                    Claim{"OfTheLastNumber", {kLast, kLast}}, Claim{"OfNumberZero", {0, 1}},
                    Claim{"FromBackToFront", {3, 2}}, Claim{"OfAnotherRun", {1, 1}, true}),
    [](const auto& claim) { return claim.param.name; });

// Hints ----------------------------------------------------------------------------------------

TEST_F(HostileCollectorTest, AHintOfNothingDoesNotShortenTheBackOff) {
  Begin();
  AnswerWith(Unavailable(absl::ZeroDuration()));
  world.RunFor(absl::Minutes(30));
  EXPECT_GE(Counters().failures, 5u);
  EXPECT_LE(Counters().failures, 40u);
  world.network.lies().End();
  ExpectDrained();
}

TEST_F(HostileCollectorTest, AHintOfWeeksIsCutToAnHour) {
  Begin();
  AnswerWith(Unavailable(absl::Hours(1000)));
  world.RunFor(absl::Minutes(1));
  world.network.lies().End();
  world.RunFor(absl::Minutes(57));
  EXPECT_EQ(State(), SessionState::kWaiting);
  world.RunFor(absl::Minutes(4));
  EXPECT_EQ(State(), SessionState::kOpen);
  EXPECT_EQ(Counters().hints_cut, 1u);
  ExpectDrained();
}

TEST_F(HostileCollectorTest, NeitherNetworkNoiseNorAFlushOverridesAHint) {
  Begin();
  AnswerWith(Unavailable(absl::Minutes(10)));
  world.RunFor(absl::Seconds(30));
  const uint64_t failures = Counters().failures;
  for (int i = 0; i < 100; ++i) {
    world.device().PostToAgent(
        [i](agent::Uploader& uploader) { uploader.NetworkChanged(i % 2 == 0); });
    world.device().PostToAgent([](agent::Uploader& uploader) { uploader.Flush(); });
    world.RunFor(absl::Seconds(5));
  }
  EXPECT_EQ(State(), SessionState::kWaiting);
  EXPECT_EQ(Counters().failures, failures);
  world.network.lies().End();
  world.RunFor(absl::Minutes(3));
  EXPECT_EQ(State(), SessionState::kOpen);
}

TEST_F(HostileCollectorTest, AStopDoesNotCallACollectorThatAskedToWait) {
  Begin();
  AnswerWith(Unavailable(absl::Minutes(10)));
  world.RunFor(absl::Seconds(30));
  const uint64_t failures = Counters().failures;
  bool done = false;
  world.device().PostToAgent(
      [&done](agent::Uploader& uploader) { uploader.Drain([&done] { done = true; }); });
  world.RunFor(absl::Seconds(1));
  EXPECT_TRUE(done);
  EXPECT_EQ(Counters().failures, failures);
}

// A stop has ended it, and the uploader is still there for a moment.
TEST_F(HostileCollectorTest, AnAddressThatGoesBehindAStopOpensNothing) {
  Begin();
  bool done = false;
  world.device().PostToAgent(
      [&done](agent::Uploader& uploader) { uploader.Drain([&done] { done = true; }); });
  ASSERT_TRUE(world.scheduler.RunUntil([&] { return done; }, absl::Minutes(2)));
  world.device().PostToAgent([](agent::Uploader& uploader) { uploader.NetworkChanged(true); });
  world.RunFor(absl::Minutes(1));
  EXPECT_EQ(State(), SessionState::kIdle);
}

// The end of a session with a hint is one to all its devices.
TEST_F(HostileCollectorTest, AnUploadThatIsRefusedWithAHintWaitsForIt) {
  Begin();
  AnswerWith(
      {.status = Error(StatusCode::kFailedPrecondition, "x"), .retry_after = absl::Minutes(5)});
  world.RunFor(absl::Minutes(4));
  EXPECT_EQ(Counters().failures, 2u) << "the cut, and one answer";
}

// The command stream -----------------------------------------------------------------------------

class CommandStreamEndTest : public HostileCollectorTest,
                             public testing::WithParamInterface<int> {};

TEST_P(CommandStreamEndTest, RecordsFlowWhateverTheCommandStreamEndsWith) {
  world.network.lies().AlwaysEndCommandsWith(
      agent::CallResult{.status = Status(static_cast<StatusCode>(GetParam()), "not for you")});
  Begin();
  world.RunFor(absl::Minutes(29));
  // A record every 10 s.
  EXPECT_GE(Counters().records, 175u);
  EXPECT_EQ(Counters().failures, 0u);
  EXPECT_LE(Counters().sessions, 25u);
  const auto& counts = world.network.lies().counts();
  const auto refused = counts.find("a command stream refused");
  ASSERT_NE(refused, counts.end());
  EXPECT_LE(refused->second, 25u) << "it does not back off";
  world.network.lies().End();
  ExpectDrained();
}

INSTANTIATE_TEST_SUITE_P(EveryStatus, CommandStreamEndTest, testing::Range(0, 17));

TEST(CommandStreamTest, CommandsComeAgainOnceTheStreamIsNotRefusedAnyMore) {
  std::map<std::string, int> acted;
  World world(1, {.acted = &acted});
  world.network.lies().AlwaysEndCommandsWith(
      agent::CallResult{.status = Error(StatusCode::kPermissionDenied, "not for you")});
  world.StartCollector();
  world.StartMachine(world.device());
  world.RunFor(absl::Minutes(20));
  world.network.lies().End();
  world.IssueCommand("1", absl::Hours(1));
  world.RunFor(absl::Minutes(6));
  EXPECT_EQ(acted["1"], 1);
}

// Another collector ------------------------------------------------------------------------------

TEST_F(HostileCollectorTest, ACollectorOfAnotherVersionIsProbedAtOnceAndOfferedTheCopies) {
  Begin();
  world.ReplaceCollector(/*misreads=*/true);
  world.RunFor(absl::Minutes(10));
  ASSERT_EQ(State(), SessionState::kBlocked);
  ASSERT_GE(Copies(), 5u);
  world.ReplaceCollector(/*misreads=*/false);
  world.RunFor(absl::Minutes(3));
  EXPECT_EQ(State(), SessionState::kOpen);
  EXPECT_EQ(Copies(), 0u);
  ExpectDrained();
}

TEST_F(HostileCollectorTest, AnotherStoreIsProbedAtOnceAndOfferedTheCopies) {
  Begin();
  world.ReplaceCollector(/*misreads=*/true);
  world.RunFor(absl::Minutes(10));
  ASSERT_EQ(State(), SessionState::kBlocked);
  world.ReplaceCollector(/*misreads=*/false);
  world.network.lies().AlwaysOpenBy([](agent::CallResult&, v1::OpenSessionResponse& response) {
    response.set_collector_version("that misreads");
    response.set_store_id("another store");
  });
  world.RunFor(absl::Minutes(3));
  EXPECT_EQ(State(), SessionState::kOpen);
  EXPECT_EQ(Copies(), 0u);
}

TEST_F(HostileCollectorTest, CopiesAreOfferedAgainWhenTheSessionDiesMidway) {
  Begin();
  world.ReplaceCollector(/*misreads=*/true);
  world.RunFor(absl::Minutes(10));
  ASSERT_GE(Copies(), 5u);
  world.network.set_delay_max(absl::Seconds(3));
  world.ReplaceCollector(/*misreads=*/false);
  ASSERT_TRUE(world.scheduler.RunUntil([&] { return Counters().sessions >= 4; }, absl::Minutes(5)));
  world.network.BlackHoleFor(absl::Seconds(1));  // nothing that is under way arrives
  ASSERT_EQ(Copies(), 7u);
  world.RunFor(absl::Minutes(5));
  EXPECT_EQ(Copies(), 0u);
  ExpectDrained();
}

// A session may last for hours.
TEST_F(HostileCollectorTest, CopiesThatADiskDoesNotReadAreOfferedLaterInTheSameSession) {
  Begin();
  HaveRecordsMisread();
  SetCopiesUnreadable(true);
  world.ReplaceCollector(/*misreads=*/false);
  world.RunFor(absl::Minutes(5));
  ASSERT_EQ(State(), SessionState::kOpen);
  ASSERT_EQ(Rejected(), 7u);
  const uint64_t sessions = Counters().sessions;
  SetCopiesUnreadable(false);
  world.RunFor(absl::Minutes(3));
  EXPECT_EQ(Rejected(), 0u);
  EXPECT_EQ(Counters().sessions, sessions);
  ExpectDrained();
}

// An agent that has just started has to read a copy before it knows that it is whole.
TEST_F(HostileCollectorTest, CopiesThatADiskDoesNotReadWhenASessionOpensAreOfferedInIt) {
  Begin();
  HaveRecordsMisread();
  world.device().Kill();
  world.ReplaceCollector(/*misreads=*/false);
  SetCopiesUnreadable(true);
  world.StartMachine(world.device());
  world.RunFor(absl::Minutes(3));
  ASSERT_GE(Rejected(), 4u);
  const uint64_t sessions = Counters().sessions;
  SetCopiesUnreadable(false);
  world.RunFor(absl::Minutes(3));
  EXPECT_EQ(Rejected(), 0u);
  EXPECT_EQ(Counters().sessions, sessions);
  ExpectDrained();
}

// They stand in front of everything else in each session.
TEST_F(HostileCollectorTest, CopiesAreOfferedToACollectorOnce) {
  Begin();
  world.device().set_unreadable(1000);
  world.RunFor(absl::Seconds(35));
  world.device().set_unreadable(0);
  world.RunFor(absl::Minutes(5));
  ASSERT_EQ(Copies(), 3u);
  const uint64_t records = Counters().records;
  for (int i = 0; i < 10; ++i) {
    world.network.Cut();
    world.RunFor(absl::Minutes(1));
  }
  // A record every 10 s, and what a cut has them send twice.
  EXPECT_LE(Counters().records, records + 45);
}

}  // namespace
}  // namespace godwit::sim
