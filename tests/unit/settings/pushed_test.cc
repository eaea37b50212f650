// What a pushed configuration may say, and whose word counts.
#include "settings/pushed.h"

#include <gtest/gtest.h>

#include "settings/agent_settings.h"
#include "settings/loader.h"
#include "tests/sim/sim_file_system.h"

namespace godwit {
namespace {

constexpr char kFile[] = "/etc/godwit/agent.toml";

class PushedTest : public testing::Test {
 protected:
  // The device's own file, with `remote` in [remote].
  void Own(const std::string& remote) {
    ASSERT_TRUE(disk_.CreateDirectories("/etc/godwit").ok());
    auto file = *disk_.Create(kFile);
    ASSERT_TRUE(file->Append("[remote]\n" + remote +
                             "[batch]\nperiod = \"9s\"\n[[sensors.file]]\nname = \"own\"\npath = "
                             "\"/etc/own\"\nmetric = \"own\"\n")
                    .ok());
  }
  StatusOr<AgentSettings> Load(const std::string& text) {
    const SettingsDependencies dependencies{.files = disk_, .environment = {}};
    return LoadAgentSettings(*ReadSettingsSources(kFile, dependencies), dependencies,
                             {.name = "revision 1", .text = text});
  }
  std::string Refusal(const std::string& text) { return Message(Load(text).status()); }

  sim::SimScheduler scheduler_{1};
  sim::SimFileSystem disk_{scheduler_};
};

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(PushedTest, LiesOnTopOfTheFilesAndSaysSo) {
  Own("");
  const auto settings = Load(
      "[agent]\ninterval = \"2s\"\n[[sensors.file]]\nname = \"own\"\n"
      "interval = \"3s\"\n");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->interval, absl::Seconds(2));
  EXPECT_EQ(settings->batch_period, absl::Seconds(9));
  ASSERT_EQ(settings->sensors.size(), 1u);
  EXPECT_EQ(settings->sensors[0].interval, absl::Seconds(3));
  EXPECT_EQ(PlaceText(settings->checked.sections.at("agent").PlaceOf("interval")), "revision 1:2");
}

TEST_F(PushedTest, WhatIsTheOwnersAloneIsRefusedWhateverIsAllowed) {
  Own("config = { allow = [\"*\"], paths = [\"*\"] }\n");
  for (const char* text : {"agent.id = \"x\"", "agent.state = \"/x\"", "spool.path = \"/x\"",
                           "tls.key = \"/x\"", "tls.certificate = \"/x\"", "remote.commands = []",
                           "remote.config.enabled = true", "remote.fallback_after = \"7d\""}) {
    EXPECT_TRUE(Has(Refusal(text), "cannot be pushed")) << text;
  }
}

TEST_F(PushedTest, OnlyWhatIsAllowedIsTakenWithThePlaceOfTheRest) {
  Own("config = { allow = [\"batch\", \"sensors.system.*\"] }\n");
  EXPECT_TRUE(
      Load("batch.period = \"1s\"\n[[sensors.system]]\ndisk = { include = [\"sd*\"] }\n").ok());
  EXPECT_TRUE(
      Has(Refusal("[upload]\nendpoint = \"x:1\"\n"),
          "revision 1:2:1: error: remote.config.allow in the device's own settings does not "
          "allow 'upload.endpoint'"));
  EXPECT_FALSE(Load("[[sensors.pattern]]\nseries = 1\n").ok());
}

TEST_F(PushedTest, ProgramsAreAllowedByTheSettingsNameInFullOnly) {
  const std::string text =
      "[[sensors.exec]]\ncommand = [\"/bin/x\"]\nenvironment = { A = \"b\" }\n";
  Own("config = { allow = [\"*\", \"sensors.*\", \"sensors.exec.*\"], paths = [\"*\"] }\n");
  EXPECT_TRUE(Has(Refusal(text), "'sensors.exec.command'"));
  EXPECT_TRUE(Has(Refusal(text), "'sensors.exec.environment.A'"));
  EXPECT_FALSE(Load("upload.insecure = true").ok());
  ASSERT_TRUE(disk_.Remove(kFile).ok());
  Own("config = { allow = [\"sensors.*\", \"sensors.exec.command\", \"sensors.exec.environment\"],"
      " paths = [\"/bin/*\"] }\n");
  EXPECT_TRUE(Load(text).ok());
  EXPECT_FALSE(Load("[[sensors.exec]]\ncommand = [\"/usr/bin/x\"]\n").ok());
}

TEST_F(PushedTest, PathsAreMatchedAndNeverClimb) {
  EXPECT_TRUE(IsAllowedPath("/sys/class/x", {"/proc/*", "/sys/*"}));
  EXPECT_FALSE(IsAllowedPath("/etc/shadow", {"/sys/*"}));
  EXPECT_FALSE(IsAllowedPath("/sys/../etc/shadow", {"/sys/*"}));
  EXPECT_FALSE(IsAllowedPath("/sys/..", {"/sys/*"}));
  EXPECT_FALSE(IsAllowedPath("sys/x", {"*"}));
  // The owner's own sensors are not the server's business.
  Own("config = { paths = [\"/sys/*\"] }\n");
  EXPECT_TRUE(Load("[[sensors.file]]\nname = \"own\"\ninterval = \"1s\"\n").ok());
  EXPECT_FALSE(Load("[[sensors.file]]\nname = \"own\"\npath = \"/etc/shadow\"\n").ok());
}

TEST_F(PushedTest, NothingExpandsAndNothingIsNoConfiguration) {
  Own("config = { allow = [\"*\"] }\n");
  EXPECT_TRUE(Has(Refusal("agent.labels = { a = \"${HOME}\" }"), "must not contain expansions"));
  EXPECT_TRUE(Has(Refusal("agent.name = \"${file:/etc/shadow}\""), "must not contain expansions"));
  EXPECT_TRUE(Has(Refusal(""), "sets nothing"));
  EXPECT_TRUE(Has(Refusal("# nothing\n[batch]\n"), "sets nothing"));
}

TEST_F(PushedTest, IsCheckedWithoutTheDeviceAsFarAsThatGoes) {
  EXPECT_TRUE(
      CheckPushedSettings({.name = "x", .text = "[[sensors.file]]\ninterval = \"1s\"\n"}).ok());
  const Status wrong =
      CheckPushedSettings({.name = "x.toml", .text = "[batch]\nperoid = \"1s\"\n"});
  EXPECT_TRUE(Has(Message(wrong), "x.toml:2:1: error: unknown key 'peroid'"));
  EXPECT_FALSE(CheckPushedSettings({.name = "x", .text = "spool.path = \"/x\"\n"}).ok());
}

}  // namespace
}  // namespace godwit
