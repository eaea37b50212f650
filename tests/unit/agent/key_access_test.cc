#include "agent/key_access.h"

#include <gtest/gtest.h>

namespace godwit::agent {
namespace {

std::string Exposure(const std::string& owner, const std::string& group, unsigned mode) {
  return KeyExposure({.owner = owner, .group = group, .mode = mode},
                     {.user = "godwit", .group = "godwit"});
}

TEST(KeyAccessTest, AKeyOfTheAgentOrOfRootAloneIsGood) {
  EXPECT_EQ(Exposure("godwit", "godwit", 0600), "");
  EXPECT_EQ(Exposure("root", "root", 0400), "");
  EXPECT_EQ(Exposure("root", "godwit", 0640), "");
  EXPECT_EQ(Exposure("godwit", "root", 0640), "");
}

TEST(KeyAccessTest, WhoElseCanReadOrReplaceItIsNamed) {
  EXPECT_EQ(Exposure("godwit", "godwit", 0644), "can be read by every user of this machine");
  EXPECT_EQ(Exposure("godwit", "godwit", 0602), "can be written by every user of this machine");
  EXPECT_EQ(Exposure("root", "users", 0640), "can be read by the group 'users'");
  EXPECT_EQ(Exposure("root", "users", 0620), "can be written by the group 'users'");
  EXPECT_EQ(Exposure("alice", "godwit", 0600),
            "belongs to 'alice', and the agent runs as 'godwit'");
}

}  // namespace
}  // namespace godwit::agent
