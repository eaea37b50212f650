#include <gtest/gtest.h>

#include "tests/unit/agent/sensors/text_input.h"

namespace godwit::agent {
namespace {

TEST(PatternSensorTest, CountIsTheNumberOfTheTick) {
  const auto sensor = MakePatternSensor({.series = 3, .attributes = {{"site", "x"}}});
  ASSERT_TRUE(sensor.ok());
  EXPECT_EQ(ReadOnce(**sensor, 42)["godwit.pattern.count{index=2,site=x}"], Value(int64_t{42}));
}

TEST(PatternSensorTest, ManySeriesAreSplitIntoGroupsThatFitATable) {
  const auto sensor = MakePatternSensor({.series = 10'000});
  ASSERT_TRUE(sensor.ok());
  EXPECT_EQ((*sensor)->groups().size(), 3u);
}

TEST(PatternSensorTest, SquareIsAStateThatChanges) {
  const auto sensor = MakePatternSensor({.series = 1, .shape = PatternShape::kSquare});
  EXPECT_EQ(ReadOnce(**sensor, 9)["godwit.pattern.square{index=0}"], Value("low"));
  EXPECT_EQ(ReadOnce(**sensor, 10)["godwit.pattern.square{index=0}"], Value("high"));
}

TEST(FileSensorTest, ANumberIsScaledToTheDecimalAPersonWouldWrite) {
  TextInput input;
  input.files["/sys/x"] = "45123\n";
  const auto sensor = MakeFileSensor(
      {.path = "/sys/x", .series = {.name = "x", .unit = "V"}, .scale = 0.001}, input);
  EXPECT_EQ(ReadOnce(*sensor)["x"], Value(45.123));
  input.files["/sys/x"] = " +7.5 mV";
  EXPECT_EQ(ReadOnce(*sensor, 2)["x"], Value(0.0075));
  input.files["/sys/x"] = "none";
  const Seen seen = ReadOnce(*sensor, 3);
  EXPECT_EQ(Message(seen.status), "/sys/x begins with 'none', which is not a decimal number");
  EXPECT_EQ(seen["x"], Value());
}

class NumberInAFileTest : public testing::Test {
 protected:
  Seen Read(const std::string& text, double scale = 1) {
    input_.files["/x"] = text;
    const auto sensor = MakeFileSensor(
        {.path = "/x", .series = {.name = "x", .unit = "1"}, .scale = scale}, input_);
    return ReadOnce(*sensor);
  }
  TextInput input_;
};

TEST_F(NumberInAFileTest, HasASignAnExponentAndAUnitBehindWhiteSpace) {
  EXPECT_EQ(Read("+21.5")["x"], Value(21.5));
  EXPECT_EQ(Read("-.5e1\r\n")["x"], Value(-5.0));
  EXPECT_EQ(Read("21.5 \xc2\xb0"
                 "C\n")["x"],
            Value(21.5));
  EXPECT_EQ(Read("+3\tV")["x"], Value(int64_t{3}));
  EXPECT_EQ(Read("\xef\xbb\xbf"
                 "7\r\n")["x"],
            Value(int64_t{7}))
      << "a byte order mark";
  EXPECT_EQ(Read(std::string("45123\0", 6), 0.001)["x"], Value(45.123));
  EXPECT_EQ(Read("18446744073709551615")["x"], Value(18446744073709551615.0));
}

TEST_F(NumberInAFileTest, IsNotGuessedFromTextThatIsNone) {
  for (const char* text : {"0x1003", "21,5", "12:34", "infrared", "inf", "-inf", "nan", "NaN",
                           "45.2C", "1_000", "+-5", "++5", "--5", "1e", "e5", ".", "-", "1e999"}) {
    const Seen seen = Read(text);
    EXPECT_EQ(Message(seen.status),
              Cat("/x begins with '", text, "', which is not a decimal number"));
    EXPECT_EQ(seen["x"], Value()) << text;
  }
  EXPECT_EQ(Message(Read("\x1b[2J\xff 5").status),
            "/x begins with '\\x1b[2J\\xff', which is not a decimal number");
  EXPECT_EQ(Message(Read("1e308", 10).status),
            "/x begins with '1e308', which is too large for its scale");
}

TEST(FileSensorTest, TheNameIsOpenedAtEachReadingForAnotherFileMayHaveIt) {
  TextInput input;
  input.files["/run/x"] = "1";
  const auto sensor =
      MakeFileSensor({.path = "/run/x", .series = {.name = "x", .unit = "1"}}, input);
  for (uint64_t tick = 1; tick <= 3; ++tick) ReadOnce(*sensor, tick);
  EXPECT_EQ(input.opened, 3);
}

TEST(FileSensorTest, AFileThatVanishesIsReadAgainWhenItIsBack) {
  TextInput input;
  const auto sensor =
      MakeFileSensor({.path = "/sys/x", .series = {.name = "x", .unit = "1"}}, input);
  EXPECT_TRUE(absl::IsNotFound(ReadOnce(*sensor).status));
  input.files["/sys/x"] = "1";
  EXPECT_EQ(ReadOnce(*sensor, 2)["x"], Value(int64_t{1}));
  input.files.erase("/sys/x");
  EXPECT_TRUE(absl::IsNotFound(ReadOnce(*sensor, 3).status));
  input.files["/sys/x"] = "2";
  EXPECT_EQ(ReadOnce(*sensor, 4)["x"], Value(int64_t{2}));
}

// A file in memory.
class TextFile final : public ReadableFile {
 public:
  explicit TextFile(std::string text) : text_(std::move(text)) {}
  StatusOr<std::string> ReadAt(ByteCount offset, ByteCount count) const override {
    return offset < text_.size() ? text_.substr(offset, count) : std::string();
  }
  StatusOr<ByteCount> Size() const override { return text_.size(); }

 private:
  const std::string text_;
};

StatusOr<std::unique_ptr<Sensor>> Replay(const ReplayOptions& options, const std::string& text) {
  return MakeReplaySensor(options, std::make_unique<TextFile>(text));
}

TEST(ReplaySensorTest, ARecordingLongerThanItsBufferIsReadWhole) {
  std::string text = "a,b\n";
  for (int i = 1; i <= 50'000; ++i) text += Cat(i, ",", -i, "\n");
  const auto sensor = Replay({}, text);
  ASSERT_TRUE(sensor.ok()) << sensor.status();
  for (int round = 0; round < 2; ++round) {
    for (int64_t i = 1; i <= 50'000; ++i) ASSERT_EQ(ReadOnce(**sensor)["b"], Value(-i));
  }
}

TEST(ReplaySensorTest, ARowIsATickAndTheRecordingBeginsAgain) {
  const auto sensor = Replay({.attributes = {{"site", "x"}}},
                             "time,late_ms,a,\"b{d=1,e=2}\"\ns,ms,By,Cel\n,,counter,gauge\n"
                             "100,0,1,2.5\n101,0,,3\n");
  ASSERT_TRUE(sensor.ok()) << sensor.status();
  EXPECT_EQ((*sensor)->groups()[0].series[0].kind, Kind::kCounter);
  EXPECT_EQ((*sensor)->groups()[0].series[1].unit, "Cel");
  EXPECT_EQ(ReadOnce(**sensor)["b{d=1,e=2,site=x}"], Value(2.5));
  const Seen second = ReadOnce(**sensor);
  EXPECT_EQ(second["a{site=x}"], Value());
  EXPECT_EQ(second["b{d=1,e=2,site=x}"], Value(int64_t{3}));
  EXPECT_EQ(ReadOnce(**sensor)["a{site=x}"], Value(int64_t{1}));
}

TEST(ReplaySensorTest, AByteOrderMarkIsNoPartOfTheFirstName) {
  const auto sensor = Replay({},
                             "\xef\xbb\xbf"
                             "a,b\n+1.5, 2 \n");
  ASSERT_TRUE(sensor.ok()) << sensor.status();
  const Seen seen = ReadOnce(**sensor);
  EXPECT_TRUE(seen.status.ok()) << seen.status;
  EXPECT_EQ(seen["a"], Value(1.5));
  EXPECT_EQ(seen["b"], Value(int64_t{2}));
}

TEST(ReplaySensorTest, ACellThatIsNoNumberIsCountedAndNamedAndTheOthersCount) {
  const auto sensor = Replay({}, "a,b,c,d\n1,\"21,5\",,nan\n");
  ASSERT_TRUE(sensor.ok()) << sensor.status();
  const Seen seen = ReadOnce(**sensor);
  EXPECT_EQ(Message(seen.status), "cells in this row that are not numbers: 2; the first: 21,5");
  EXPECT_EQ(seen["a"], Value(int64_t{1}));
  EXPECT_EQ(seen["b"], Value());
  EXPECT_EQ(seen["c"], Value());
}

TEST(ReplaySensorTest, ARowThatIsTooShortIsNamedAndItsCellsCount) {
  const auto sensor = Replay({}, "a,b,c\n1\n2,,\n");
  ASSERT_TRUE(sensor.ok()) << sensor.status();
  const Seen seen = ReadOnce(**sensor);
  EXPECT_EQ(Message(seen.status), "missing cells in this row: 2");
  EXPECT_EQ(seen["a"], Value(int64_t{1}));
  EXPECT_TRUE(ReadOnce(**sensor).status.ok()) << "empty cells are no values";
}

TEST(ReplaySensorTest, WithoutRepetitionTheEndIsSaid) {
  const auto sensor = Replay({.repeat = false}, "a,b\n1,2\n");
  ASSERT_TRUE(sensor.ok()) << sensor.status();
  EXPECT_EQ(ReadOnce(**sensor)["b"], Value(int64_t{2}));
  EXPECT_TRUE(absl::IsOutOfRange(ReadOnce(**sensor).status));
}

TEST(ReplaySensorTest, WhatIsNoRecordingIsRefused) {
  EXPECT_FALSE(Replay({}, "").ok());
  EXPECT_EQ(Message(Replay({}, "a,{\x1b}\n").status()),
            "the recording has a column named '{\\x1b}'");
  EXPECT_FALSE(Replay({}, "time,late_ms\ns,ms\n,counter\n").ok());
}

}  // namespace
}  // namespace godwit::agent
