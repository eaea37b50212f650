// The session in particular situations, over the real code of both sides: what the explicit-state
// model of the protocol went through (copied card, restored image, restored collector, full spool),
// half-open links, rejections, conflicts, a changed network.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/limits.h"
#include "base/checksum.h"
#include "tests/sim/world.h"

namespace godwit::sim {
namespace {

using agent::SessionState;

class SessionTest : public testing::Test {
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
  collector::DeviceRow Device() { return world.store.Devices()->front(); }
  std::map<std::string, uint64_t> Alerts() {
    std::map<std::string, uint64_t> alerts;
    for (const auto& alert : Device().alerts) alerts[alert.kind] = alert.count;
    return alerts;
  }
  SessionState State() { return world.device().uploader().state(); }

  World world{1};
};

TEST_F(SessionTest, ADeviceReportsTheStateOfItsSpool) {
  Begin();
  world.RunFor(absl::Minutes(10));
  const collector::DeviceRow device = Device();
  ASSERT_TRUE(device.report.has_value());
  EXPECT_GT(device.report->spool_bytes, 0u);
  EXPECT_GT(device.report->spool_bytes_max, device.report->spool_bytes);
  EXPECT_GT(device.report->spool_bytes_per_day, 0u);
  EXPECT_EQ(device.report->disk, "ok");
  EXPECT_GT(device.reported_unix_ns, 0);
}

TEST_F(SessionTest, ACopiedCardLosesAndDoublesNothingAndIsNoticed) {
  Begin();
  world.CopyCard(world.device());
  world.RunFor(absl::Minutes(10));
  ExpectDrained();
  // The copy's run follows the original's, which continues; the original's next start shows it.
  world.device().Kill();
  world.StartMachine(world.device());
  world.RunFor(absl::Minutes(5));
  ExpectDrained();
  EXPECT_EQ(Alerts().count("cloned"), 1u);
  EXPECT_GE(Alerts()["identity shared"], 1u);
  EXPECT_EQ(Device().gap_records.size(), 0u);
}

TEST_F(SessionTest, ARestoredImageLosesAndDoublesNothingAndIsNoticed) {
  Begin();
  world.device().TakeImage();
  world.RunFor(absl::Minutes(5));
  world.device().Kill();
  world.StartMachine(world.device());
  world.RunFor(absl::Minutes(5));
  world.device().PowerCut();
  world.device().RestoreImage();
  world.StartMachine(world.device());
  world.RunFor(absl::Minutes(5));
  ExpectDrained();
  EXPECT_EQ(Alerts(), (std::map<std::string, uint64_t>{{"cloned", 1}}));
}

TEST_F(SessionTest, TimesOfADeviceThatStartsIn1970ArePutRight) {
  Begin();
  world.device().PowerCut();
  world.device().clock.StartIn1970();
  world.StartMachine(world.device());
  world.RunFor(absl::Minutes(5));
  ExpectDrained();
  const SimClock right(world.scheduler);
  const auto spans = *world.store.Spans(Device().key, {}, 10'000);
  const auto last_tick = [](const collector::StoredSpans& span) {
    return absl::FromUnixNanos(span.blocks.at(0).last_unix_ns + span.shift_ns);
  };
  EXPECT_EQ(spans.back().quality, collector::TimeQuality::kEstimated);
  EXPECT_LT(absl::AbsDuration(right.Wall() - last_tick(spans.back())), absl::Minutes(1));
  for (size_t i = 1; i < spans.size(); ++i) {
    EXPECT_LT(last_tick(spans[i - 1]), last_tick(spans[i])) << i;
    EXPECT_LT(last_tick(spans[i]) - last_tick(spans[i - 1]), absl::Minutes(2)) << i;
  }
}

TEST_F(SessionTest, ARestartOrARebootIsNoAlert) {
  Begin();
  for (int i = 0; i < 5; ++i) {
    world.device().Kill();
    world.StartMachine(world.device());
    world.RunFor(absl::Minutes(3));
    world.device().PowerCut();
    world.StartMachine(world.device());
    world.RunFor(absl::Minutes(3));
  }
  ExpectDrained();
  EXPECT_TRUE(Alerts().empty());
}

TEST_F(SessionTest, AHalfOpenLinkIsNoticedAfterKeepaliveTimeAndTimeout) {
  Begin();
  world.RunFor(absl::Seconds(7));
  ASSERT_EQ(State(), SessionState::kOpen);
  const absl::Duration cut = world.scheduler.now();
  world.network.BlackHoleFor(absl::Hours(1));
  ASSERT_TRUE(
      world.scheduler.RunUntil([&] { return State() == SessionState::kWaiting; }, absl::Hours(1)));
  const absl::Duration noticed = world.scheduler.now() - cut;
  EXPECT_LE(noticed, SimNetwork::kKeepaliveTime + SimNetwork::kKeepaliveTimeout);
  EXPECT_GE(noticed, SimNetwork::kKeepaliveTimeout);
}

// Nothing is being sent: the command stream alone has to notice.
TEST(QuietSessionTest, AnIdleDeviceNoticesAHalfOpenLinkToo) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    World world(seed, {.batch_period = absl::Minutes(30)});
    world.StartCollector();
    world.StartMachine(world.device());
    world.RunFor(absl::Seconds(20));
    ASSERT_EQ(world.device().uploader().state(), SessionState::kOpen);
    const absl::Duration cut = world.scheduler.now();
    world.network.BlackHoleFor(absl::Hours(1));
    ASSERT_TRUE(world.scheduler.RunUntil(
        [&] { return world.device().uploader().state() == SessionState::kWaiting; },
        absl::Hours(1)));
    EXPECT_LE(world.scheduler.now() - cut,
              SimNetwork::kKeepaliveTime + SimNetwork::kKeepaliveTimeout);
  }
}

TEST_F(SessionTest, ACommandStreamIsOpenedAnewWithoutEndingTheSession) {
  Begin();
  const uint64_t sessions = world.device().uploader().counters().sessions;
  world.RunFor(absl::Hours(5));
  EXPECT_EQ(world.device().uploader().counters().sessions, sessions);
  EXPECT_EQ(world.device().uploader().counters().failures, 0u);
}

TEST_F(SessionTest, AfterTheCollectorEndsTheConnectionItsDevicesComeBackSpreadOut) {
  std::set<int64_t> seconds;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    World other(seed);
    other.StartCollector();
    other.StartMachine(other.device());
    other.RunFor(absl::Minutes(1));
    other.KillCollector();
    other.StartCollector();
    const absl::Duration restart = other.scheduler.now();
    ASSERT_TRUE(other.scheduler.RunUntil(
        [&] { return other.device().uploader().state() == SessionState::kOpening; },
        absl::Minutes(2)));
    const absl::Duration wait = other.scheduler.now() - restart;
    EXPECT_LE(wait, agent::kReturnSpread + absl::Seconds(1));
    seconds.insert(absl::ToInt64Seconds(wait) / 3);
  }
  EXPECT_GE(seconds.size(), 7u);  // of ten parts of the half minute
}

TEST_F(SessionTest, AChangedNetworkEndsTheWaitForARetry) {
  Begin();
  world.KillCollector();
  world.RunFor(absl::Minutes(30));  // it has backed off by now
  world.StartCollector();
  world.device().PostToAgent([](agent::Uploader& uploader) { uploader.NetworkChanged(false); });
  world.RunFor(absl::Seconds(2));
  EXPECT_EQ(State(), SessionState::kOpen);
}

TEST_F(SessionTest, AnAddressThatIsGoneTakesItsSessionWithIt) {
  Begin();
  const uint64_t before = world.device().uploader().counters().sessions;
  world.network.BlackHoleFor(absl::Milliseconds(1));  // the old connection is dead
  world.device().PostToAgent([](agent::Uploader& uploader) { uploader.NetworkChanged(true); });
  world.RunFor(absl::Seconds(2));
  EXPECT_EQ(world.device().uploader().counters().sessions, before + 1);
  ExpectDrained();
}

TEST_F(SessionTest, AFlushDoesNotWaitForTheStreamsPeriod) {
  Begin();
  world.RunFor(absl::Seconds(31));
  const uint64_t streams = world.device().uploader().counters().streams;
  // A record every 10 s, a reply every 30 s: flushed each time, three times as many.
  for (int i = 0; i < 6; ++i) {
    world.RunFor(absl::Seconds(10));
    world.device().PostToAgent([](agent::Uploader& uploader) { uploader.Flush(); });
    world.RunFor(absl::Seconds(2));
  }
  EXPECT_GE(world.device().uploader().counters().streams, streams + 6);
}

TEST(SeldomSessionTest, AStreamDoesNotWaitForARecordThatComesTooLateForIt) {
  World world(1, {.batch_period = absl::Minutes(1)});
  world.StartCollector();
  world.StartMachine(world.device());
  world.RunFor(absl::Minutes(5) + absl::Seconds(5));
  EXPECT_GE(world.device().uploader().counters().records, 5u);
  // The reply is there; the spool learns of it with its next task.
  EXPECT_EQ(world.device().uploader().counters().streams,
            world.device().uploader().counters().records);
}

TEST_F(SessionTest, ARejectedRecordIsQuarantinedAndTheRestGoesOn) {
  Begin();
  world.device().set_unreadable(1000);
  world.RunFor(absl::Seconds(35));
  world.device().set_unreadable(0);
  world.RunFor(absl::Minutes(5));
  EXPECT_GE(world.device().uploader().counters().rejected, 3u);
  ExpectDrained();
  EXPECT_GE(world.states["rejected record quarantined"], 3u);
  EXPECT_EQ(Alerts().count("rejected"), 1u);
  EXPECT_TRUE(Device().gap_records.empty());
}

TEST_F(SessionTest, ACollectorThatRejectsEverythingIsNotFedTheSpool) {
  Begin();
  world.device().set_unreadable(1000);
  world.RunFor(absl::Minutes(50));
  EXPECT_EQ(State(), SessionState::kBlocked);
  EXPECT_EQ(world.device().uploader().counters().rejected,
            static_cast<uint64_t>(agent::kRejectionsInARowMax - 1));
  // A restart of its connection does not open the gates.
  world.network.Cut();
  world.RunFor(absl::Minutes(2));
  EXPECT_EQ(State(), SessionState::kBlocked);
  EXPECT_GT(world.device().Held().size(), 200u);
  // One record an hour is probed, the newest; once one is taken, the records were at fault.
  world.device().set_unreadable(0);
  world.RunFor(absl::Minutes(75));
  EXPECT_EQ(State(), SessionState::kOpen);
  ExpectDrained();
}

// Eight of them at the head of the spool, sent again by each session, left no time for the rest.
TEST(FullSpoolTest, RefusedRecordsWithoutRoomForACopyDoNotHoldUpTheRest) {
  World world(1, {.spool_bytes = 64 << 10,
                  .when_full = agent::WhenFull::kDropNewest,
                  .batch_period = absl::Seconds(5)});
  world.network.set_delay_max(absl::Seconds(3));
  world.StartMachine(world.device());
  for (int i = 0; i < 12; ++i) {
    world.device().set_unreadable(1000);
    world.RunFor(absl::Seconds(5));
    world.device().set_unreadable(0);
    world.RunFor(absl::Seconds(5));
  }
  world.RunFor(absl::Hours(1));  // full
  world.StartCollector();
  EXPECT_TRUE(world.RunUntilDrained(absl::Hours(1)));
  EXPECT_EQ(world.Violations(), "");
  EXPECT_EQ(world.device().uploader().counters().rejected, 12u);
}

// A broken collector rejected eight, and nothing new finds room: one of these has to be the probe.
TEST(FullSpoolTest, AMendedCollectorIsNoticedAlthoughNothingNewFindsRoom) {
  World world(1, {.spool_bytes = 64 << 10,
                  .when_full = agent::WhenFull::kDropNewest,
                  .batch_period = absl::Seconds(5)});
  world.StartMachine(world.device());
  world.device().set_unreadable(1000);
  world.RunFor(absl::Hours(1));  // full
  world.device().set_unreadable(0);
  world.StartCollector();
  world.RunFor(absl::Minutes(10));
  ASSERT_EQ(world.device().uploader().state(), SessionState::kBlocked);
  const uint64_t rejected = world.device().uploader().counters().rejected;
  world.RunFor(absl::Hours(3));
  EXPECT_GT(world.device().uploader().counters().rejected, rejected) << "it is asked every hour";
}

// A session may last for hours.
TEST_F(SessionTest, WhatADiskDidNotReadIsReadAgainInTheSameSession) {
  world.StartMachine(world.device());
  world.RunFor(absl::Minutes(1));
  world.device().Kill();
  world.StartMachine(world.device());
  world.device().disk.set_no_descriptors(true);
  world.StartCollector();
  world.RunFor(absl::Minutes(2));
  const uint64_t sessions = world.device().uploader().counters().sessions;
  ASSERT_EQ(sessions, 1u);
  world.device().disk.set_no_descriptors(false);
  world.RunFor(absl::Minutes(3));
  EXPECT_EQ(world.device().uploader().counters().sessions, sessions);
  for (const auto& [name, issue] : world.ledger.issued()) {
    if (name.seq >= 3) continue;
    EXPECT_NE(world.store.Find(name), nullptr) << name.seq;
  }
}

// The device's clock is estimated by when the call came, not by when its turn was.
TEST_F(SessionTest, ABusyCollectorDoesNotPutTimesWrong) {
  Begin();
  world.device().PowerCut();
  world.device().clock.StartIn1970();
  world.SlowCollectorFor(absl::Minutes(2));
  world.StartMachine(world.device());
  world.RunFor(absl::Seconds(25));
  world.device().PowerCut();  // no later session of this boot
  world.device().clock.SetRight();
  world.StartMachine(world.device());
  ExpectDrained();
}

TEST_F(SessionTest, AStopDuringTheCallThatOpensAProbesSessionEndsIt) {
  Begin();
  world.device().set_unreadable(1000);
  world.RunFor(absl::Minutes(10));
  ASSERT_EQ(State(), SessionState::kBlocked);
  ASSERT_TRUE(
      world.scheduler.RunUntil([&] { return State() == SessionState::kOpening; }, absl::Hours(2)));
  world.device().Stop();
  EXPECT_EQ(world.device().seen().clean_stops, 1u);
}

TEST_F(SessionTest, AConflictIsQuarantinedAndOverwritesNothing) {
  Begin();
  const RunId run = world.device().spool().run();
  const Seq next = world.device().spool().Runs().back().last_seq + 3;
  collector::IncomingRecord other{.name = {run, next},
                                  .checksum = Checksum("other"),
                                  .batch = "other",
                                  .clock = {.boot_id = "b"}};
  ASSERT_TRUE(world.store.Commit({{.device_id = "device-1", .record = other}}, 1).ok());
  world.RunFor(absl::Minutes(3));
  EXPECT_TRUE(world.device().view().HasCopy({run, next}));
  EXPECT_EQ(world.store.Find({run, next})->batch, "other");
  EXPECT_EQ(Alerts().count("conflict"), 1u);
  EXPECT_EQ(world.device().uploader().counters().conflicts, 1u);
  EXPECT_FALSE(world.device().Held().contains({run, next}));
}

TEST_F(SessionTest, WhatIsSampledWhileASyncHangsIsUploadedAllTheSame) {
  Begin();
  SimFileSystem& disk = world.device().disk;
  disk.HangNextSync([] { return true; });
  world.scheduler.After(absl::Minutes(3), [&disk] { disk.EndHang(); });
  world.RunFor(absl::Seconds(90));  // half of it
  const SimClock right(world.scheduler);
  const absl::Time newest = absl::FromUnixNanos(
      (*world.store.Spans(Device().key, {}, 10'000)).back().blocks.at(0).last_unix_ns);
  EXPECT_LT(right.Wall() - newest, absl::Seconds(30));
  EXPECT_THAT(Device().report->disk, testing::HasSubstr("the disk does not answer"));
  // Nothing of it is lost.
  world.RunFor(absl::Minutes(5));
  EXPECT_EQ(Device().report->disk, "ok");
  ExpectDrained();
  EXPECT_TRUE(Device().gap_records.empty());
}

}  // namespace
}  // namespace godwit::sim
