#include "cli/command_table.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>

#include "base/command_kinds.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/when.h"

namespace godwit::cli {
namespace {

std::string Printed(Status (*command)(const Session&, const Values&), const Values& values) {
  testing::internal::CaptureStdout();
  EXPECT_TRUE(command({}, values).ok());
  std::fflush(stdout);
  return testing::internal::GetCapturedStdout();
}

TEST(CommandTableTest, EveryCommandSaysWhatItDoesAndShowsHow) {
  for (const Command& command : Commands()) {
    EXPECT_FALSE(command.summary.empty()) << command.path;
    EXPECT_NE(command.run, nullptr) << command.path;
    ASSERT_FALSE(command.examples.empty()) << command.path;
    for (const std::string& example : command.examples) {
      EXPECT_TRUE(example.starts_with("godwit " + command.path)) << example;
    }
    for (const Argument& argument : command.arguments) EXPECT_FALSE(argument.help.empty());
  }
}

TEST(CommandTableTest, TheManualAndEachShellKnowEveryCommandAndOption) {
  const std::string man = Printed(Man, {});
  for (const Command& command : Commands()) {
    EXPECT_NE(man.find("\\fBgodwit " + command.path), std::string::npos) << command.path;
  }
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string text = Printed(Completion, {.texts = {{"shell", shell}}});
    for (const Command& command : Commands()) {
      const std::string word = command.path.substr(command.path.rfind(' ') + 1);
      EXPECT_NE(text.find(word), std::string::npos) << shell << " " << command.path;
      for (const Argument& argument : command.arguments) {
        if (argument.name.front() != '-') continue;
        EXPECT_NE(text.find(LongName(argument)), std::string::npos) << shell << argument.name;
      }
    }
  }
}

TEST(CommandTableTest, TheHelpSaysWhatCanBeSentAndTheListSaysWhatIsAPermission) {
  const auto send = std::find_if(Commands().begin(), Commands().end(),
                                 [](const Command& each) { return each.path == "command send"; });
  ASSERT_NE(send, Commands().end());
  const std::string list = Printed(CommandKinds, {});
  for (const CommandKind& kind : kCommandKinds) {
    const std::string line = Cat("  ", kind.name, kind.arguments.empty() ? "" : " ", kind.arguments,
                                 ": ", kind.summary, "\n");
    EXPECT_EQ(send->more.find(line) != std::string::npos, kind.is_sent) << line;
    EXPECT_NE(list.find(kind.summary), std::string::npos) << list;
  }
}

TEST(WhenTest, AnInstantIsADurationBackOrATime) {
  const absl::Time now = absl::FromUnixSeconds(1'790'000'000);
  EXPECT_EQ(*ParseWhen("1h", now, "--since"), now - absl::Hours(1));
  EXPECT_EQ(*ParseWhen("now", now, "--since"), now);
  EXPECT_EQ(*ParseWhen("1970-01-02", now, "--since"), absl::FromUnixSeconds(86'400));
  EXPECT_EQ(*ParseWhen("1970-01-01T00:00:01+01:00", now, "--since"), absl::FromUnixSeconds(-3599));
  const Status wrong = ParseWhen("yesterday", now, "--since").status();
  EXPECT_TRUE(absl::IsInvalidArgument(wrong));
  EXPECT_NE(Message(wrong).find("--since: 'yesterday' is neither a duration"), std::string::npos);
}

}  // namespace
}  // namespace godwit::cli
