// The exec sensor: what a program prints.
#include <gtest/gtest.h>

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

TEST_F(ExecSensorTest, ANumberHasASignAndMayStandBehindAByteOrderMark) {
  Make(/*json=*/false);
  const Seen seen = Print(
      "\xef\xbb\xbf"
      "a +21.5\r\nb -3e2\n");
  EXPECT_TRUE(seen.status.ok()) << seen.status;
  EXPECT_EQ(seen["a{site=x}"], Value(21.5));
  EXPECT_EQ(seen["b{site=x}"], Value(-300.0));
}

TEST_F(ExecSensorTest, NoNumberAndInfinityAreNeitherNumbersNorStates) {
  Make(/*json=*/false);
  for (const char* word : {"nan", "-nan", "NaN", "inf", "+inf", "-Infinity"}) {
    const Seen seen = Print(Cat("a ", word, "\n"));
    EXPECT_FALSE(seen.status.ok()) << word;
    EXPECT_TRUE(seen.values.empty()) << word;
  }
}

TEST_F(ExecSensorTest, ALineThatIsNoneIsNamedAndTheOthersCount) {
  Make(/*json=*/false);
  const Seen seen = Print("a 1\nno value here at all\n{} 1\nb 2 3\nc\x01\n");
  EXPECT_EQ(
      Message(seen.status),
      "4 lines refused: 'no value here at all' (not a name and one value), '{} 1' (not a name and "
      "one value), "
      "'b 2 3' (not a name and one value) …");
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
    EXPECT_FALSE(seen.status.ok()) << line;
    EXPECT_TRUE(seen.values.empty()) << line;
  }
}

TEST_F(ExecSensorTest, HowItEndedIsSaidWithItsLastWords) {
  Make(/*json=*/false);
  programs_.result = ProgramResult{.code = 3, .output = "a 1\n", .error_output = "x\nno meter\n"};
  EXPECT_EQ(Message(ReadOnce(*sensor_).status), "ended with exit code 3: no meter");
  programs_.result = ProgramResult{.end = ProgramResult::End::kDeadline, .output = "a 2\nb"};
  const Seen late = ReadOnce(*sensor_, 2);
  EXPECT_EQ(Message(late.status), "was killed: it ran longer than 5s");
  EXPECT_EQ(late["a{site=x}"], Value(int64_t{2})) << "what it printed counts";
  programs_.result = Error(StatusCode::kNotFound, "start: no such file");
  EXPECT_EQ(Message(ReadOnce(*sensor_, 3).status), "start: no such file");
}

TEST_F(ExecSensorTest, SeriesBeyondItsLimitAreRefusedAndCounted) {
  Make(/*json=*/false, /*max_series=*/2);
  const Seen seen = Print("a 1\nb 2\nc 3\n");
  EXPECT_EQ(seen.values.size(), 2u);
  EXPECT_EQ(sensor_->refused(), 1u);
  EXPECT_EQ(Message(seen.status), "1 line refused: 'c 3' (more than 2 series (max_series))");
}

TEST_F(ExecSensorTest, ANewNameIsAColumnAtOnceAndAMissingOneIsNull) {
  Make(/*json=*/false);
  Print("a 1\n", 1);
  EXPECT_EQ(Print("a 1\nalarm 2\n", 2)["alarm{site=x}"], Value(int64_t{2}));
  const Seen later = Print("a 1\n", 3);
  EXPECT_EQ(later["a{site=x}"], Value(int64_t{1}));
  EXPECT_EQ(later["alarm{site=x}"], Value());
}

TEST_F(ExecSensorTest, AStateThatIsNoPlainTextIsNamedAndNotPrintedRaw) {
  Make(/*json=*/false);
  for (const auto& [state, shown] : {std::pair(std::string("\xff\xfe"), "\\xff\\xfe"),
                                     std::pair(std::string("\x1b[2J"), "\\x1b[2J"),
                                     std::pair(std::string("on\0", 3), "on\\x00")}) {
    const Seen seen = Print("mode " + state + "\nb 1\n");
    EXPECT_EQ(Message(seen.status),
              Cat("1 line refused: 'mode ", shown, "' (the state is not plain UTF-8)"));
    EXPECT_EQ(seen.values.size(), 1u);
  }
  EXPECT_EQ(sensor_->refused(), 3u);
  const Seen longer = Print("mode " + std::string(256, 'x') + "\n");
  EXPECT_NE(Message(longer.status).find("(the state is longer than 255 bytes)"), std::string::npos);
}

TEST_F(ExecSensorTest, JsonNamesUnitsAndStatesThatAreNoneAreNamed) {
  Make(/*json=*/true);
  for (const auto& [line, why] :
       {std::pair(R"({"name":"","value":1})", "the name is empty"),
        std::pair(R"({"value":1})", "the name is empty"),
        std::pair(R"({"name":"a\u001b","value":1})", "not plain UTF-8"),
        std::pair(R"({"name":"a","value":1,"unit":"\u0000"})", "not plain UTF-8"),
        std::pair(R"({"name":"a","value":1,"unit":7})", "the unit is not a string"),
        std::pair(R"({"name":"a","value":1,"attributes":{"":"x"}})", "without a key"),
        std::pair(R"({"name":"a","value":"\u001b[2J"})", "the state is not plain UTF-8"),
        std::pair("{\"name\":\"a\",\"value\":\"\xff\"}", "not a JSON object")}) {
    const Seen seen = Print(std::string(line) + "\n");
    EXPECT_NE(Message(seen.status).find(why), std::string::npos) << line << seen.status;
    EXPECT_TRUE(IsPlainUtf8(Message(seen.status))) << line;
    EXPECT_TRUE(seen.values.empty()) << line;
  }
}

}  // namespace
}  // namespace godwit::agent
