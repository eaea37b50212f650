// Sensors that learn their series from what they are sent: exec and statsd.
#include <gtest/gtest.h>

#include "agent/sensors/series_book.h"
#include "agent/sensors/statsd_line.h"
#include "tests/unit/agent/sensors/text_input.h"

namespace godwit::agent {
namespace {

// Ends as the test says.
class ScriptedPrograms final : public ProgramRunner {
 public:
  StatusOr<ProgramResult> Run(const ProgramRequest& request) override {
    asked = request;
    return result;
  }
  ProgramRequest asked;
  StatusOr<ProgramResult> result = ProgramResult{};
};

class ExecSensorTest : public testing::Test {
 protected:
  Seen Print(const std::string& output, uint64_t tick = 1) {
    programs_.result = ProgramResult{.output = output};
    return ReadOnce(*sensor_, tick);
  }
  void Make(bool json, size_t max_series = 100) {
    sensor_ = MakeExecSensor({.command = {"/bin/meter"},
                              .json = json,
                              .deadline = absl::Seconds(5),
                              .max_series = max_series,
                              .attributes = {{"site", "x"}}},
                             programs_);
  }

  ScriptedPrograms programs_;
  std::unique_ptr<Sensor> sensor_;
};

TEST_F(ExecSensorTest, LinesAreNamesWithNumbersOrWords) {
  Make(/*json=*/false);
  const Seen seen =
      Print("boiler.pressure 1.25\nboiler.temp{zone=2 left,d=1} -61\n\nmode heating\n");
  EXPECT_TRUE(seen.status.ok()) << seen.status;
  EXPECT_EQ(seen["boiler.pressure{site=x}"], Value(1.25));
  EXPECT_EQ(seen["boiler.temp{d=1,site=x,zone=2 left}"], Value(int64_t{-61}));
  EXPECT_EQ(seen["mode{site=x}"], Value("heating"));
  EXPECT_EQ(programs_.asked.command, std::vector<std::string>{"/bin/meter"});
}

TEST_F(ExecSensorTest, ALineThatIsNoneIsNamedAndTheOthersCount) {
  Make(/*json=*/false);
  const Seen seen = Print("a 1\nno value here at all\n{} 1\nb 2 3\nc\x01\n");
  EXPECT_EQ(Message(seen.status), "lines that cannot be read: 4; the first: no value here at all");
  EXPECT_EQ(seen["a{site=x}"], Value(int64_t{1}));
  EXPECT_EQ(seen.values.size(), 1u);
}

TEST_F(ExecSensorTest, JsonLinesSayUnitsAndKindsToo) {
  Make(/*json=*/true);
  const Seen seen = Print(
      "{\"name\":\"p\",\"value\":1.5,\"unit\":\"bar\",\"kind\":\"updown\"}\n"
      "{\"name\":\"t\",\"value\":7,\"attributes\":{\"zone\":\"2\"}}\n"
      "{\"name\":\"m\",\"value\":\"on\"}\n{\"name\":\"z\",\"value\":null}\n"
      "{\"name\":\"b\",\"value\":true}\n{\"name\":\"u\",\"value\":18446744073709551615}\n");
  EXPECT_TRUE(seen.status.ok()) << seen.status;
  EXPECT_EQ(seen["p{site=x}"], Value(1.5));
  EXPECT_EQ(seen["t{site=x,zone=2}"], Value(int64_t{7}));
  EXPECT_EQ(seen["m{site=x}"], Value("on"));
  EXPECT_EQ(seen["z{site=x}"], Value());
  EXPECT_EQ(seen["b{site=x}"], Value(int64_t{1}));
  EXPECT_EQ(seen["u{site=x}"], Value(18446744073709551615.0));
  EXPECT_EQ(sensor_->groups()[0].series[0].unit, "bar");
  EXPECT_EQ(sensor_->groups()[0].series[0].kind, Kind::kUpDown);
}

TEST_F(ExecSensorTest, JsonThatIsNoValueIsNamed) {
  Make(/*json=*/true);
  for (const char* line :
       {"{", "[]", "7", "{\"name\":7,\"value\":1}", "{\"value\":1}", "{\"name\":\"a\"}",
        "{\"name\":\"a\",\"value\":[1]}", "{\"name\":\"a\",\"value\":1,\"kind\":\"sum\"}",
        "{\"name\":\"a\",\"value\":\"x\",\"kind\":\"state\",\"attributes\":[]}",
        "{\"name\":\"a\",\"value\":1,\"kind\":\"state\"}"}) {
    const Seen seen = Print(std::string(line) + "\n");
    EXPECT_TRUE(!seen.status.ok() || sensor_->refused() > 0) << line;
    EXPECT_TRUE(seen.values.empty()) << line;
  }
}

TEST_F(ExecSensorTest, HowItEndedIsSaidWithItsLastWords) {
  Make(/*json=*/false);
  programs_.result = ProgramResult{.code = 3, .output = "a 1\n", .error_output = "x\nno meter\n"};
  EXPECT_EQ(Message(ReadOnce(*sensor_).status), "ended with exit code 3: no meter");
  programs_.result = ProgramResult{.end = ProgramResult::End::kDeadline, .output = "a 2\nb"};
  const Seen late = ReadOnce(*sensor_, 2);
  EXPECT_EQ(Message(late.status), "was ended: it ran longer than 5s");
  EXPECT_EQ(late["a{site=x}"], Value(int64_t{2})) << "what it printed counts";
  programs_.result = Error(StatusCode::kNotFound, "start: no such file");
  EXPECT_EQ(Message(ReadOnce(*sensor_, 3).status), "start: no such file");
}

TEST_F(ExecSensorTest, SeriesBeyondItsLimitAreRefusedAndCounted) {
  Make(/*json=*/false, /*max_series=*/2);
  const Seen seen = Print("a 1\nb 2\nc 3\n");
  EXPECT_EQ(seen.values.size(), 2u);
  EXPECT_EQ(sensor_->refused(), 1u);
}

TEST_F(ExecSensorTest, ANewNameBecomesAColumnWithinAMinuteAndAMissingOneIsNull) {
  Make(/*json=*/false);
  Print("a 1\n", 1);
  EXPECT_EQ(Print("a 1\nb 2\n", 2).values.size(), 1u);
  const Seen later = Print("b 2\n", 62);
  EXPECT_EQ(later["a{site=x}"], Value());
  EXPECT_EQ(later["b{site=x}"], Value(int64_t{2}));
}

TEST(SeriesBookTest, WhenItIsFullThoseNotHeardOfForAnHourGo) {
  constexpr int64_t kSecond = 1'000'000'000;
  SeriesBook book(2, {});
  EXPECT_EQ(book.Number({.name = "a"}), 0u);
  EXPECT_EQ(book.Number({.name = "b"}), 1u);
  EXPECT_TRUE(book.Settle(kSecond));
  EXPECT_EQ(book.Number({.name = "b"}), 1u);
  EXPECT_FALSE(book.Settle(3000 * kSecond)) << "nobody was refused";
  EXPECT_EQ(book.Number({.name = "b"}), 1u);
  EXPECT_EQ(book.Number({.name = "c"}), std::nullopt);
  EXPECT_TRUE(book.Settle(3700 * kSecond));
  EXPECT_EQ(book.table().series.size(), 1u);
  EXPECT_EQ(book.moved()[0], std::nullopt);
  EXPECT_EQ(book.moved()[1], 0u);
  EXPECT_EQ(book.Number({.name = "b"}), 0u);
  EXPECT_EQ(book.Number({.name = "c"}), 1u);
}

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
  for (const char* text :
       {"", ":", "a", "a:", "a:1", "a:1|", "a:1|x", "a:|c", "a:x|c", "a:1|c|@0", "a:1|c|@2",
        "a:1|c|@x", "a:1|c|?", "a:nan|g", "a:inf|c", ":1|c", "a:|s", "a:1|c|#:x"}) {
    StatsdLine line;
    EXPECT_FALSE(ParseStatsdLine(text, line)) << text;
  }
}

// Datagrams come when the test says so.
class StatsdSensorTest : public testing::Test {
 protected:
  StatsdSensorTest() {
    sensor_ = MakeStatsdSensor({.max_series = 8}, [this](TakeDatagram take) {
      send_ = std::move(take);
      return StatusOr<std::unique_ptr<DatagramReceiver>>(std::make_unique<Open>());
    });
    ReadOnce(*sensor_, 1);
  }
  struct Open : DatagramReceiver {};

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

TEST_F(StatsdSensorTest, WhatIsNoStatsdIsCountedInTheError) {
  send_("hits:1|c\nrubbish\n\n:::\n");
  const Seen seen = ReadOnce(*sensor_, 2);
  EXPECT_EQ(Message(seen.status), "lines that are no statsd: 2");
  EXPECT_EQ(seen["hits"], Value(int64_t{1}));
  EXPECT_TRUE(ReadOnce(*sensor_, 3).status.ok());
}

}  // namespace
}  // namespace godwit::agent
