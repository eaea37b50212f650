// Root takes the place of the user who owns a service's files, with all of that user's groups.
#include "platform/linux/file_owner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "platform/linux/folder_access.h"
#include "platform/linux/user_table.h"
#include "tests/contract/temporary_folder.h"

namespace godwit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr uid_t kNobody = 65534;
const std::vector<std::string> kTyped = {"godwit-agent", "once", "--config", "/etc/a b.toml"};

TEST(UserTableTest, AUserHasItsOwnGroupAndThoseThatListItByItsWholeName) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/passwd") << "# a comment\nroot:x:0:0::/root:/bin/sh\nbroken\n"
                                              "godwit:x:998:997::/var/lib/godwit:/bin/false\n";
  std::ofstream(folder.path() + "/group") << "godwit:x:997:\ndialout:x:20:pi,godwit\nvideo:x:44:\n"
                                             "i2c:x:108:godwit,pi\nother:x:9:godwit2\nshort:x:8\n";
  const auto user = FindUser(998, folder.path() + "/passwd");
  ASSERT_TRUE(user.has_value());
  EXPECT_EQ(user->name, "godwit");
  EXPECT_EQ(user->gid, 997u);
  EXPECT_THAT(GroupsOf(*user, folder.path() + "/group"), ElementsAre(997u, 20u, 108u));
  EXPECT_FALSE(FindUser(999, folder.path() + "/passwd").has_value());
  EXPECT_THAT(GroupsOf({.name = "", .gid = 5}, folder.path() + "/group"), ElementsAre(5u));
}

TEST(FileOwnerTest, TheCommandLineCanBeTypedAsItIs) {
  EXPECT_EQ(CommandLineAs({.uid = 998, .name = "godwit"}, kTyped),
            "sudo -u godwit godwit-agent once --config '/etc/a b.toml'");
  EXPECT_EQ(CommandLineAs({.uid = 1234, .name = "1234"}, {"godwit-agent", "it's"}),
            "sudo -u '#1234' godwit-agent 'it'\\''s'");
}

TEST(FileOwnerTest, TheOwnerOfWhatDoesNotExistIsThatOfTheNearestParent) {
  const TemporaryFolder folder;
  const auto owner = OwnerOf(folder.path() + "/not/there/yet/");
  ASSERT_TRUE(owner.ok()) << owner.status();
  EXPECT_EQ(owner->path, folder.path());
  EXPECT_EQ(owner->uid, geteuid());
}

class AsRootTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    ASSERT_EQ(chown(folder_.path().c_str(), kNobody, kNobody), 0);
  }
  // The exit code of a process that becomes the owner and then answers `good`.
  template <typename Question>
  int InProcess(const std::vector<std::string>& paths, Question good) {
    const pid_t pid = fork();
    if (pid == 0) _exit(!BecomeOwnerOf(paths, kTyped).ok() ? 2 : good() ? 0 : 1);
    int status = 0;
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
  }
  const TemporaryFolder folder_;
};

TEST_F(AsRootTest, NothingOfRootIsLeft) {
  EXPECT_EQ(InProcess({folder_.path() + "/spool"},
                      [] {
                        uid_t real = 0;
                        uid_t effective = 0;
                        uid_t saved = 0;
                        getresuid(&real, &effective, &saved);
                        gid_t groups[64];
                        const int count = getgroups(64, groups);
                        bool rid = real == kNobody && effective == kNobody && saved == kNobody &&
                                   getegid() != 0 && setuid(0) != 0 && count > 0;
                        for (int i = 0; i < count; ++i) rid = rid && groups[i] != 0;
                        return rid;
                      }),
            0);
}

TEST_F(AsRootTest, WhatRootOwnsIsLeftToRoot) {
  EXPECT_EQ(InProcess({"/", "/etc/not-there"}, [] { return geteuid() == 0; }), 0);
}

TEST_F(AsRootTest, FoldersOfTwoUsersAreRefusedAndBothAreNamed) {
  const Status status = BecomeOwnerOf({folder_.path(), "/etc"}, kTyped);
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_THAT(Message(status), HasSubstr("/etc belongs to 'root'"));
  EXPECT_THAT(Message(status), HasSubstr(folder_.path()));
  EXPECT_THAT(Message(status), HasSubstr(" godwit-agent once --config '/etc/a b.toml'"));
  EXPECT_EQ(geteuid(), 0u);
}

TEST_F(AsRootTest, AFileThatAnotherUserMadeIsFoundWithoutTouchingAnything) {
  const std::string inner = folder_.path() + "/run.segment";
  std::ofstream(inner) << "bytes";
  ASSERT_EQ(chmod(inner.c_str(), 0640), 0);
  const std::string folder = folder_.path();
  EXPECT_EQ(InProcess({folder}, [&] { return absl::IsPermissionDenied(CheckAccess(folder)); }), 0);
  ASSERT_EQ(chown(inner.c_str(), kNobody, kNobody), 0);
  EXPECT_EQ(InProcess({folder}, [&] { return CheckAccess(folder).ok(); }), 0);
  EXPECT_EQ(InProcess({folder}, [&] { return CheckAccess(folder + "/not/yet").ok(); }), 0);
  EXPECT_EQ(InProcess({folder}, [] { return CheckAccess("/etc/not-yet").ok(); }), 1);
}

}  // namespace
}  // namespace godwit
