#include "agent/control/policy.h"

#include <gtest/gtest.h>

#include "base/command_kinds.h"

namespace godwit::agent {
namespace {

const RemoteOptions kSome = {.commands = {"ping", "read"}, .sensors = {"exec/*", "system/system"}};

TEST(PolicyTest, WhatIsListedIsAllowed) {
  EXPECT_TRUE(Allows(kSome, "ping", {{"extra", "is passed over"}}).ok());
  EXPECT_TRUE(Allows(kSome, "ping", {}).ok());
  EXPECT_TRUE(Allows(kSome, "read", {{"sensor", "exec/pump"}}).ok());
  EXPECT_TRUE(Allows(kSome, "read", {{"sensor", "system/system"}}).ok());
}

TEST(PolicyTest, ARefusalNamesItsRule) {
  const auto rule = [](const std::string& kind, const Arguments& arguments) {
    const Status status = Allows(kSome, kind, arguments);
    EXPECT_TRUE(absl::IsPermissionDenied(status));
    return Message(status);
  };
  EXPECT_NE(rule("restart", {}).find("remote.commands"), std::string::npos);
  EXPECT_NE(rule("format-disk", {}).find("not know the command 'format-disk'"), std::string::npos);
  EXPECT_NE(rule("read", {{"sensor", "file/secret"}}).find("remote.sensors"), std::string::npos);
  EXPECT_NE(rule("read", {}).find("sensor="), std::string::npos);
}

RemoteOptions WithPrograms() {
  RemoteOptions options{.commands = {"run"}};
  options.programs.emplace("valve", *ProgramTemplate::Parse("/usr/bin/valve set <[0-9]{1,3}>"));
  return options;
}

TEST(PolicyTest, AProgramRunsThatIsListedWithArgumentsThatMatch) {
  const Arguments arguments = {{"program", "valve"}, {"1", "40"}};
  EXPECT_TRUE(Allows(WithPrograms(), "run", arguments).ok());
  const auto command = ProgramCommand(WithPrograms(), arguments);
  ASSERT_TRUE(command.ok());
  EXPECT_EQ(*command, (std::vector<std::string>{"/usr/bin/valve", "set", "40"}));
}

TEST(PolicyTest, NothingElseRuns) {
  const auto rule = [](const Arguments& arguments) {
    const Status status = Allows(WithPrograms(), "run", arguments);
    EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
    return Message(status);
  };
  EXPECT_NE(rule({}).find("name of a program"), std::string::npos);
  for (const char* name : {"/usr/bin/valve", "../valve", "valve ", "sh", "", "\x1b[2J"}) {
    EXPECT_NE(rule({{"program", name}}).find("does not list"), std::string::npos) << name;
  }
  for (const char* argument : {"40; reboot", "$(reboot)", "-40", "", "4000", "40\n"}) {
    EXPECT_NE(rule({{"program", "valve"}, {"1", argument}}).find("argument 1"), std::string::npos);
  }
  EXPECT_NE(rule({{"program", "valve"}}).find("missing"), std::string::npos);
  EXPECT_NE(rule({{"program", "valve"}, {"1", "40"}, {"2", "41"}}).find("no more"),
            std::string::npos);
  EXPECT_NE(rule({{"program", "valve"}, {"2", "40"}}).find("named 1, 2"), std::string::npos);
  RemoteOptions without = WithPrograms();
  without.commands = {};
  EXPECT_NE(
      Message(Allows(without, "run", {{"program", "valve"}, {"1", "40"}})).find("remote.commands"),
      std::string::npos);
}

TEST(PolicyTest, EveryKindOfTheTableIsAPermission) {
  RemoteOptions all = WithPrograms();
  all.sensors = {"*"};
  for (const CommandKind& kind : kCommandKinds) {
    const std::string name(kind.name);
    EXPECT_TRUE(absl::IsPermissionDenied(Allows({}, name, {}))) << name;
    all.commands = {name};
    const Arguments arguments = kind.target == CommandTarget::kProgram
                                    ? Arguments{{"program", "valve"}, {"1", "40"}}
                                    : Arguments{{"sensor", "exec/pump"}};
    EXPECT_TRUE(Allows(all, name, arguments).ok()) << name;
    // What it acts on has to be named.
    EXPECT_EQ(Allows(all, name, {}).ok(), kind.target == CommandTarget::kAgent) << name;
    const std::string text = ExplainRemote(all);
    EXPECT_LT(text.find("(" + name + ")"), text.find("The server cannot:")) << text;
  }
}

TEST(PolicyTest, AnOwnerReadsWhatIsAllowedAndWhatIsNot) {
  const std::string text = ExplainRemote(kSome);
  const size_t cannot = text.find("The server cannot:");
  ASSERT_NE(cannot, std::string::npos);
  EXPECT_LT(text.find("(read)"), cannot);
  EXPECT_LT(text.find("exec/*, system/system"), cannot);
  EXPECT_GT(text.find("(restart)"), cannot);
  const std::string programs = ExplainRemote(WithPrograms());
  EXPECT_LT(programs.find("valve: /usr/bin/valve set <[0-9]{1,3}>"), programs.find("cannot"));
  EXPECT_NE(ExplainRemote({}).find("nothing else"), std::string::npos);
}

}  // namespace
}  // namespace godwit::agent
