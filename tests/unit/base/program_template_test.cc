#include "base/program_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace godwit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ProgramTemplate Parsed(const std::string& text) {
  auto parsed = ProgramTemplate::Parse(text);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return *std::move(parsed);
}

std::string Refusal(const ProgramTemplate& program, const std::vector<std::string>& arguments) {
  const auto command = program.Fill(arguments);
  EXPECT_TRUE(absl::IsInvalidArgument(command.status()));
  return command.ok() ? "" : Message(command.status());
}

TEST(ProgramTemplateTest, WordsStandForThemselvesAndExpressionsForArguments) {
  const auto program = Parsed("/usr/bin/valve  set\t<[0-9]{1,3}> <slow|fast> --now");
  const auto command = program.Fill({"40", "fast"});
  ASSERT_TRUE(command.ok()) << command.status();
  EXPECT_THAT(*command, ElementsAre("/usr/bin/valve", "set", "40", "fast", "--now"));
}

TEST(ProgramTemplateTest, AnArgumentIsOneWordWhateverIsInIt) {
  const auto command = Parsed("/bin/echo <.*>").Fill({"a b; reboot $(reboot) `reboot` | x"});
  ASSERT_TRUE(command.ok());
  EXPECT_THAT(*command, ElementsAre("/bin/echo", "a b; reboot $(reboot) `reboot` | x"));
}

TEST(ProgramTemplateTest, AllOfAnArgumentHasToMatch) {
  const auto program = Parsed("/usr/bin/valve <[0-9]{1,3}>");
  for (const char* argument : {"", "4000", "40;reboot", "x40", "40\n", "4 0"}) {
    EXPECT_NE(Refusal(program, {argument}), "") << argument;
  }
  // The end of a line is no end of an argument.
  EXPECT_THAT(Refusal(Parsed("/usr/bin/valve <(?m)^[0-9]+$>"), {"40\nreboot"}),
              HasSubstr("not plain text"));
}

TEST(ProgramTemplateTest, AnOptionNeedsAnExpressionThatBeginsLikeOne) {
  EXPECT_THAT(Refusal(Parsed("/usr/bin/tar <.*>"), {"--to-command=reboot"}),
              HasSubstr("begins with -"));
  EXPECT_TRUE(Parsed("/usr/bin/ls <-[la]>").Fill({"-l"}).ok());
}

TEST(ProgramTemplateTest, TheNumberOfArgumentsIsThatOfTheExpressions) {
  const auto program = Parsed("/usr/bin/valve <[0-9]+>");
  EXPECT_THAT(Refusal(program, {}), HasSubstr("argument 1 is missing"));
  EXPECT_THAT(Refusal(program, {"1", "2"}), HasSubstr("no more than 1"));
  EXPECT_TRUE(Parsed("/usr/bin/valve").Fill({}).ok());
}

TEST(ProgramTemplateTest, ControlCharactersAndLongArgumentsAreRefused) {
  const auto program = Parsed("/bin/echo <(?s).*>");
  EXPECT_THAT(Refusal(program, {std::string("a\0b", 3)}), HasSubstr("not plain text"));
  EXPECT_THAT(Refusal(program, {"a\x1b[2J"}), HasSubstr("not plain text"));
  EXPECT_THAT(Refusal(program, {std::string(ProgramTemplate::kArgumentBytesMax + 1, 'a')}),
              HasSubstr("longer than 1024"));
}

TEST(ProgramTemplateTest, AnExpressionThatTakesForeverElsewhereTakesLinearTime) {
  EXPECT_NE(Refusal(Parsed("/bin/echo <(a+)+b>"), {std::string(1000, 'a')}), "");
}

TEST(ProgramTemplateTest, WhatIsNoTemplateIsRefused) {
  for (const char* text : {"", "   ", "valve set", "./valve", "<.*>", "/bin/x <[>", "/bin/x <(>",
                           "/bin/x <(\\d{1000}){1000}>"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ProgramTemplate::Parse(text).status())) << text;
  }
}

}  // namespace
}  // namespace godwit
