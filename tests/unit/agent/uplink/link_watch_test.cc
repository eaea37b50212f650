// When a connection counts as dead: slow ones live.
#include "agent/uplink/link_watch.h"

#include <gtest/gtest.h>

#include <optional>

namespace godwit::agent {
namespace {

constexpr absl::Duration kSecond = absl::Seconds(1);

class LinkWatchTest : public testing::Test {
 protected:
  // Looks once a second for as long; `each` changes the counters before each look. Returns after
  // how many seconds the link counted as dead; -1: it lives.
  template <typename Each>
  int Watch(int seconds, Each each) {
    for (int second = 1; second <= seconds; ++second) {
      now_ += kSecond;
      each(second);
      const LinkWatch::Verdict verdict = watch_->Check(counters_, now_);
      moved_ = verdict.moved;
      if (!verdict.dead.empty()) return second;
    }
    return -1;
  }

  std::optional<LinkWatch> watch_{std::in_place, absl::Seconds(30), absl::Seconds(10)};
  ConnectionCounters counters_{.acked = 5000, .received = 5000, .heard_last = true};
  absl::Duration now_ = absl::Hours(7);
  bool moved_ = false;
};

TEST_F(LinkWatchTest, AnIdleLinkLivesByTheAnswersToItsPings) {
  EXPECT_EQ(Watch(3600,
                  [&](int second) {
                    if (second % 30 != 0) return;
                    counters_.acked += 17;
                    counters_.received += 17;
                  }),
            -1);
}

TEST_F(LinkWatchTest, AnIdleDeadLinkIsNoticedWithinTimeAndTimeout) {
  // A relay takes the ping, and no answer comes.
  const int noticed = Watch(100, [&](int second) {
    if (second == 30) counters_.acked += 17;
  });
  EXPECT_GE(noticed, 40);
  EXPECT_LE(noticed, 44);
}

TEST_F(LinkWatchTest, ALinkIsAtRestWhileItLivesAndNothingIsUnderWay) {
  const auto at_rest = [&] {
    now_ += kSecond;
    return watch_->Check(counters_, now_).at_rest;
  };
  EXPECT_FALSE(at_rest());  // the first look: nothing is known yet
  EXPECT_TRUE(at_rest());
  counters_.queued = 1;
  EXPECT_FALSE(at_rest());
  counters_.queued = 0;
  counters_.in_flight = true;
  EXPECT_FALSE(at_rest());
  counters_.in_flight = false;
  ++counters_.acked;
  EXPECT_FALSE(at_rest());
  EXPECT_TRUE(at_rest());
  ++counters_.received;
  EXPECT_FALSE(at_rest());
  EXPECT_TRUE(at_rest());
}

TEST_F(LinkWatchTest, ALinkIsNotAtRestWhileAPingIsDue) {
  int rested = 0;
  Watch(100, [&](int) { rested += watch_->Check(counters_, now_).at_rest; });
  const auto before_the_ping = absl::Seconds(30) - LinkWatch::kRestMax;
  EXPECT_EQ(absl::Seconds(rested), before_the_ping);
}

TEST_F(LinkWatchTest, UploadsStandForPingsUntilALinkDies) {
  // As shipped: a batch a minute, a ping after 75 s of silence.
  watch_.emplace(absl::Seconds(75), absl::Seconds(10));
  EXPECT_EQ(Watch(3600,
                  [&](int second) {
                    if (second % 60 != 0) return;
                    counters_.acked += 1000;
                    counters_.received += 100;
                  }),
            -1);
  // Then the link is half-open, and the next batch is due within the minute.
  const int noticed = Watch(200, [&](int second) {
    if (second < 59) return;
    counters_.queued = 1000;
    counters_.heard_last = false;
    counters_.in_flight = true;
    counters_.since_ack = second * kSecond;
  });
  EXPECT_GE(noticed, 85);
  EXPECT_LE(noticed, 59 + 88);
}

TEST_F(LinkWatchTest, ACutLinkIsNoticedWithinTimeAndTimeoutWhateverIsSent) {
  const int noticed = Watch(100, [&](int second) {
    counters_.queued += 50'000;
    counters_.in_flight = true;
    counters_.since_ack = second * kSecond;
  });
  EXPECT_GE(noticed, 40);
  EXPECT_LE(noticed, 44);
}

TEST_F(LinkWatchTest, ASlowLinkLivesAsLongAsBytesAreAcknowledged) {
  // 300 kB at 100 B/s, and a ping's answer waits behind them.
  counters_.queued = 300'000;
  counters_.heard_last = false;
  counters_.in_flight = true;
  EXPECT_EQ(Watch(3000,
                  [&](int) {
                    counters_.acked += 100;
                    counters_.queued -= 100;
                  }),
            -1);
  EXPECT_TRUE(moved_);
}

TEST_F(LinkWatchTest, AClosedWindowIsBorneForThePromisedTime) {
  // The other side answers probes, but takes nothing.
  counters_.queued = 40'000;
  counters_.heard_last = false;
  const int noticed = Watch(300, [&](int second) {
    if (second == 1) counters_.acked += 8192;
    counters_.since_ack = (second % 20) * kSecond;
  });
  EXPECT_GE(noticed, 119);
  EXPECT_LE(noticed, 122);
}

TEST_F(LinkWatchTest, AWindowThatOpensNowAndThenIsProgress) {
  counters_.queued = 400'000;
  counters_.heard_last = false;
  EXPECT_EQ(Watch(3000,
                  [&](int second) {
                    if (second % 100 != 0) return;
                    counters_.acked += 4096;
                    counters_.queued -= 4096;
                  }),
            -1);
}

TEST_F(LinkWatchTest, WhatARelayHasTakenIsGivenThePromisedTimeToo) {
  // All acknowledged at once, by the relay's machine.
  const int noticed = Watch(300, [&](int second) {
    if (second != 2) return;
    counters_.acked += 60'000;
    counters_.heard_last = false;
  });
  EXPECT_GE(noticed, 119);
  EXPECT_LE(noticed, 122);
}

TEST_F(LinkWatchTest, WhatWasSentBeforeTheFirstCheckMayStillBeOnItsWay) {
  counters_.heard_last = false;
  EXPECT_GE(Watch(300, [](int) {}), 119);
}

TEST_F(LinkWatchTest, ARecordThatWasAnsweredLeavesAnIdleLink) {
  // Record and answer between the same two looks; then the link dies behind a relay.
  const int noticed = Watch(100, [&](int second) {
    if (second == 2) counters_.acked += 60'000;
    if (second == 2) counters_.received += 50;
    if (second == 32) counters_.acked += 17;
  });
  EXPECT_GE(noticed, 40);
  EXPECT_LE(noticed, 45);
}

TEST_F(LinkWatchTest, AnswersThatComeBackAreProgressToo) {
  counters_.heard_last = false;
  EXPECT_EQ(Watch(1000,
                  [&](int second) {
                    if (second % 100 == 0) counters_.received += 50;
                    if (second % 100 == 1) counters_.acked += 2000;
                  }),
            -1);
}

TEST_F(LinkWatchTest, ASuspendedMachineGivesItsLinkTimeToAnswer) {
  EXPECT_EQ(Watch(5, [](int) {}), -1);
  now_ += absl::Hours(8);
  EXPECT_EQ(Watch(20, [](int) {}), -1);
  EXPECT_LE(Watch(60, [](int) {}), 20);
}

TEST_F(LinkWatchTest, NothingMovesWhereNothingIsSentOrHeard) {
  Watch(3, [](int) {});
  EXPECT_FALSE(moved_);
  Watch(1, [&](int) { ++counters_.acked; });
  EXPECT_TRUE(moved_);
}

}  // namespace
}  // namespace godwit::agent
