#include "agent/control/policy.h"

#include <gtest/gtest.h>

namespace godwit::agent {
namespace {

const RemoteOptions kSome = {.commands = {"ping", "read"}, .sensors = {"exec/*", "system/system"}};

TEST(PolicyTest, WhatIsListedIsAllowed) {
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
  EXPECT_NE(rule("format-disk", {}).find("no command 'format-disk'"), std::string::npos);
  EXPECT_NE(rule("read", {{"sensor", "file/secret"}}).find("remote.sensors"), std::string::npos);
  EXPECT_NE(rule("read", {}).find("sensor="), std::string::npos);
}

TEST(PolicyTest, AnOwnerReadsWhatIsAllowedAndWhatIsNot) {
  const std::string text = ExplainRemote(kSome);
  const size_t cannot = text.find("The server cannot:");
  ASSERT_NE(cannot, std::string::npos);
  EXPECT_LT(text.find("(read)"), cannot);
  EXPECT_LT(text.find("exec/*, system/system"), cannot);
  EXPECT_GT(text.find("(restart)"), cannot);
  EXPECT_NE(ExplainRemote({}).find("nothing else"), std::string::npos);
}

}  // namespace
}  // namespace godwit::agent
