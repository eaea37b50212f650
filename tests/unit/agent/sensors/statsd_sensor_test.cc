// The statsd sensor: datagrams of programs on this machine.
#include <gtest/gtest.h>

#include "agent/sensors/statsd_line.h"
#include "tests/unit/agent/sensors/text_input.h"

namespace godwit::agent {
namespace {

TEST(StatsdLineTest, TypesRatesAndTags) {
  StatsdLine line;
  ASSERT_TRUE(ParseStatsdLine("a.b:3|c|@0.1|#zone:2,x:y", line));
  EXPECT_EQ(line.type, StatsdType::kCounter);
  EXPECT_EQ(line.value, 30);
  EXPECT_EQ(SeriesText(line.series), "a.b{x=y,zone=2}");
  line = {};
  ASSERT_TRUE(ParseStatsdLine("g:-7.5|g", line));
  EXPECT_TRUE(line.relative);
  EXPECT_EQ(line.value, -7.5);
  line = {};
  ASSERT_TRUE(ParseStatsdLine("t:12|ms|@0.5", line));
  EXPECT_EQ(line.weight, 2);
  line = {};
  ASSERT_TRUE(ParseStatsdLine("u:somebody|s", line));
  EXPECT_EQ(line.word, "somebody");
}

TEST(StatsdLineTest, WhatIsNoneIsRefused) {
  for (const char* text : {"a:++1|g", "a:+-1|g",  "a:0x10|c", "a:21,5|g", "",        ":",
                           "a",       "a:",       "a:1",      "a:1|",     "a:1|x",   "a:|c",
                           "a:x|c",   "a:1|c|@0", "a:1|c|@2", "a:1|c|@x", "a:1|c|?", "a:nan|g",
                           "a:inf|c", ":1|c",     "a:|s",     "a:1|c|#:x"}) {
    StatsdLine line;
    EXPECT_FALSE(ParseStatsdLine(text, line)) << text;
  }
}

// Datagrams come when the test says so.
class StatsdSensorTest : public testing::Test {
 protected:
  StatsdSensorTest() {
    sensor_ = MakeStatsdSensor({.max_series = 8}, [this](TakeDatagram take) {
      if (!port_.ok()) return StatusOr<std::unique_ptr<DatagramReceiver>>(port_);
      send_ = std::move(take);
      return StatusOr<std::unique_ptr<DatagramReceiver>>(std::make_unique<Open>(dropped_));
    });
    ReadOnce(*sensor_, 1);
  }
  struct Open : DatagramReceiver {
    explicit Open(const uint64_t& dropped) : dropped_(dropped) {}
    uint64_t dropped() const override { return dropped_; }
    const uint64_t& dropped_;
  };

  Status port_;           // what opening it says
  uint64_t dropped_ = 0;  // datagrams, by the kernel
  TakeDatagram send_;
  std::unique_ptr<Sensor> sensor_;
};

TEST_F(StatsdSensorTest, CountersAreSumsGaugesTheLastTimersThree) {
  send_(
      "hits:1|c\nhits:2|c\nlevel:5|g\nlevel:+2|g\nwait:10|ms\nwait:30|ms\nusers:a|s\nusers:b|s\n"
      "users:a|s");
  const Seen seen = ReadOnce(*sensor_, 2);
  EXPECT_EQ(seen["hits"], Value(int64_t{3}));
  EXPECT_EQ(seen["level"], Value(int64_t{7}));
  EXPECT_EQ(seen["wait.count"], Value(int64_t{2}));
  EXPECT_EQ(seen["wait.sum"], Value(int64_t{40}));
  EXPECT_EQ(seen["wait.max"], Value(int64_t{30}));
  EXPECT_EQ(seen["users"], Value(int64_t{2}));
  send_("hits:1|c");
  const Seen next = ReadOnce(*sensor_, 3);
  EXPECT_EQ(next["hits"], Value(int64_t{4}));
  EXPECT_EQ(next["level"], Value(int64_t{7})) << "a gauge stays";
  EXPECT_EQ(next["wait.max"], Value()) << "a maximum is of its tick";
  EXPECT_EQ(next["users"], Value(int64_t{0}));
}

TEST_F(StatsdSensorTest, AFloodOfNamesIsRefusedAndTheKnownOnesGoOn) {
  send_("hits:1|c");
  ReadOnce(*sensor_, 2);
  for (int i = 0; i < 100'000; ++i) send_(Cat("name", i, ":1|c"));
  send_("hits:1|c");
  EXPECT_EQ(ReadOnce(*sensor_, 3)["hits"], Value(int64_t{2}));
  EXPECT_EQ(sensor_->refused(), 100'000u - 7);
  EXPECT_EQ(ReadOnce(*sensor_, 100).values.size(), 8u);
}

TEST_F(StatsdSensorTest, WhatComesBeforeTheFirstTickCounts) {
  auto sensor = MakeStatsdSensor({.max_series = 8}, [this](TakeDatagram take) {
    send_ = std::move(take);
    return StatusOr<std::unique_ptr<DatagramReceiver>>(std::make_unique<Open>(dropped_));
  });
  sensor->Start();
  send_("hits:2|c");
  send_("hits:1|c");
  EXPECT_EQ(ReadOnce(*sensor, 1)["hits"], Value(int64_t{3}));
}

TEST_F(StatsdSensorTest, APortThatIsTakenIsAnErrorOfEachReadingUntilItIsFree) {
  port_ = Error(StatusCode::kUnavailable, "listen on 127.0.0.1:8125: in use");
  auto sensor = MakeStatsdSensor({.max_series = 8}, [this](TakeDatagram) {
    if (!port_.ok()) return StatusOr<std::unique_ptr<DatagramReceiver>>(port_);
    return StatusOr<std::unique_ptr<DatagramReceiver>>(std::make_unique<Open>(dropped_));
  });
  sensor->Start();
  EXPECT_EQ(ReadOnce(*sensor, 1).status, port_);
  EXPECT_EQ(ReadOnce(*sensor, 2).status, port_);
  port_ = absl::OkStatus();
  EXPECT_TRUE(ReadOnce(*sensor, 3).status.ok());
}

TEST_F(StatsdSensorTest, ACounterThatFallsIsAnUpDownFromThenOnAndItsSumGoesOn) {
  send_("open:64|c");
  EXPECT_EQ(ReadOnce(*sensor_, 2)["open"], Value(int64_t{64}));
  EXPECT_EQ(sensor_->groups()[0].series[0].kind, Kind::kCounter);
  send_("open:-46|c\nopen:3|c");
  EXPECT_EQ(ReadOnce(*sensor_, 100)["open"], Value(int64_t{21}));
  ASSERT_EQ(sensor_->groups()[0].series.size(), 1u);
  EXPECT_EQ(sensor_->groups()[0].series[0].kind, Kind::kUpDown);
  send_("open:1|c");
  EXPECT_EQ(ReadOnce(*sensor_, 200)["open"], Value(int64_t{22}));
  EXPECT_EQ(sensor_->groups()[0].series[0].kind, Kind::kUpDown);
}

TEST_F(StatsdSensorTest, TheSumOfATimerWithNegativeValuesIsAnUpDownToo) {
  send_("t:-5|h");
  const Seen seen = ReadOnce(*sensor_, 2);
  EXPECT_EQ(seen["t.sum"], Value(int64_t{-5}));
  std::map<std::string, Kind> kinds;
  for (const Series& series : sensor_->groups()[0].series) kinds[series.name] = series.kind;
  EXPECT_EQ(kinds["t.sum"], Kind::kUpDown);
  EXPECT_EQ(kinds["t.count"], Kind::kCounter);
}

TEST_F(StatsdSensorTest, EveryNumberStaysFiniteAndTheLineThatWouldEndThatIsNamed) {
  for (const std::string line : {"c:1e308|c", "g:+1e308|g", "t:1e308|ms"}) {
    send_(line);
    send_(line);
    const Status status = ReadOnce(*sensor_, 2).status;
    EXPECT_EQ(Message(status),
              Cat("1 line refused: '", line, "' (the value would become infinite)"));
  }
  for (const std::string line :
       {"c:1e308|c|@0.001", "c:1|c|@1e-320", "t:1|ms|@1e-320", "t:0|ms|@1e-320"}) {
    send_(line);
    EXPECT_FALSE(ReadOnce(*sensor_, 3).status.ok()) << line;
  }
  const Seen seen = ReadOnce(*sensor_, 100);
  EXPECT_TRUE(seen.status.ok()) << seen.status;
  EXPECT_EQ(seen["c"], Value(1e308));
  EXPECT_EQ(seen["g"], Value(1e308));
  EXPECT_EQ(seen["t.count"], Value(int64_t{1}));
  EXPECT_EQ(seen["t.sum"], Value(1e308));
}

TEST_F(StatsdSensorTest, ASetWithMoreElementsThanItCountsSaysSo) {
  for (int i = 0; i < 1025; ++i) send_(Cat("users:u", i, "|s"));
  send_("users:u7|s");
  const Seen seen = ReadOnce(*sensor_, 2);
  EXPECT_EQ(Message(seen.status),
            "1 line refused: 'users:u1024|s' (more than 1024 elements in a tick)");
  EXPECT_EQ(seen["users"], Value(int64_t{1024}));
}

TEST_F(StatsdSensorTest, DatagramsThatTheKernelDroppedAreCountedAndNamedOnce) {
  dropped_ = 7;
  send_("x");
  const Seen seen = ReadOnce(*sensor_, 2);
  EXPECT_EQ(Message(seen.status),
            "datagrams lost because they came too fast: 7; 1 line refused: 'x' (not StatsD)");
  EXPECT_EQ(sensor_->refused(), 8u);
  EXPECT_TRUE(ReadOnce(*sensor_, 3).status.ok());
}

TEST_F(StatsdSensorTest, ANameThatIsInUseForAnotherTypeIsRefused) {
  send_("x:5|g\nx:a|s");
  const Seen seen = ReadOnce(*sensor_, 2);
  EXPECT_EQ(Message(seen.status),
            "1 line refused: 'x:a|s' (the name is already used for another type)");
  EXPECT_EQ(seen["x"], Value(int64_t{5}));
}

TEST_F(StatsdSensorTest, WhatIsNoStatsdIsCountedInTheError) {
  send_("hits:1|c\nrubbish\n\n:::\n");
  const Seen seen = ReadOnce(*sensor_, 2);
  EXPECT_EQ(Message(seen.status), "2 lines refused: 'rubbish' (not StatsD), ':::' (not StatsD)");
  EXPECT_EQ(sensor_->refused(), 2u);
  EXPECT_EQ(seen["hits"], Value(int64_t{1}));
  EXPECT_TRUE(ReadOnce(*sensor_, 3).status.ok());
}

}  // namespace
}  // namespace godwit::agent
