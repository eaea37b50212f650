#include <gtest/gtest.h>

#include "settings/agent_settings.h"
#include "settings/effective_settings.h"
#include "tests/sim/sim_file_system.h"

namespace godwit {
namespace {

class LoadingTest : public testing::Test {
 protected:
  void Write(const std::string& path, const std::string& text) {
    ASSERT_TRUE(files_.CreateDirectories(path.substr(0, path.rfind('/'))).ok());
    auto file = files_.Create(path);
    ASSERT_TRUE(file.ok()) << file.status();
    ASSERT_TRUE((*file)->Append(text).ok());
  }

  StatusOr<AgentSettings> Load() {
    return LoadAgentSettings("/etc/godwit/agent.toml",
                             {.files = files_, .environment = [this](const std::string& name) {
                                const auto found = environment_.find(name);
                                return found == environment_.end() ? std::nullopt
                                                                   : std::optional(found->second);
                              }});
  }

  std::string ProblemsOf(const std::string& text) {
    Write("/etc/godwit/agent.toml", text);
    const auto settings = Load();
    return settings.ok() ? "" : Message(settings.status());
  }

  sim::SimScheduler scheduler_{1};
  sim::SimFileSystem files_{scheduler_};
  std::map<std::string, std::string> environment_;
};

TEST_F(LoadingTest, WhatLiesInConfDIsLaidOverTheFileInTheOrderOfNames) {
  Write("/etc/godwit/agent.toml",
        "[agent]\ninterval = \"10s\"\nlabels = { site = \"a\" }\n"
        "[upload]\nkeepalive = { time = \"40s\", timeout = \"9s\" }\n");
  Write("/etc/godwit/conf.d/20.toml", "[agent]\ninterval = \"2s\"\nlabels = { line = \"4\" }\n");
  Write("/etc/godwit/conf.d/10.toml", "[agent]\ninterval = \"1s\"\nname = \"pump\"\n");
  Write("/etc/godwit/conf.d/readme.txt", "no settings");
  Write("/etc/godwit/conf.d/30.toml", "[upload]\nkeepalive.time = \"50s\"\n");
  const auto settings = Load();
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->interval, absl::Seconds(2));
  EXPECT_EQ(settings->name, "pump");
  EXPECT_EQ(settings->labels, (StringMap{{"line", "4"}, {"site", "a"}}));
  EXPECT_EQ(settings->upload_keepalive.time, absl::Seconds(50));
  EXPECT_EQ(settings->upload_keepalive.timeout, absl::Seconds(9));
  EXPECT_EQ(settings->files.size(), 4u);
}

TEST_F(LoadingTest, SensorsOfSeveralFilesAreOneIfTypeAndNameAreTheSame) {
  Write("/etc/godwit/agent.toml",
        "[[sensors.system]]\ninclude = [\"cpu\"]\n[[sensors.pattern]]\nname = \"a\"\nseries = 2\n");
  Write("/etc/godwit/conf.d/1.toml",
        "[[sensors.system]]\nenabled = false\n"
        "[[sensors.pattern]]\nname = \"a\"\ninterval = \"1s\"\n"
        "[[sensors.pattern]]\nname = \"b\"\n");
  const auto settings = Load();
  ASSERT_TRUE(settings.ok()) << settings.status();
  ASSERT_EQ(settings->sensors.size(), 3u);
  EXPECT_FALSE(settings->sensors[0].enabled);
  EXPECT_EQ(settings->sensors[0].own.Strings("include"), StringList{"cpu"});
  EXPECT_EQ(settings->sensors[1].own.Integer("series"), 2);
  EXPECT_EQ(settings->sensors[1].interval, absl::Seconds(1));
  EXPECT_EQ(settings->sensors[2].name, "b");
}

TEST_F(LoadingTest, AProblemIsShownInTheFileThatHasIt) {
  Write("/etc/godwit/agent.toml", "[agent]\ninterval = 1\n");
  Write("/etc/godwit/conf.d/1.toml", "\n\n[spool]\nmax_bites = 1\n");
  const auto settings = Load();
  ASSERT_FALSE(settings.ok());
  const std::string text = Message(settings.status());
  EXPECT_NE(text.find("/etc/godwit/agent.toml:2:12: error"), std::string::npos) << text;
  EXPECT_NE(text.find("/etc/godwit/conf.d/1.toml:4:1: error"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("2 errors")) << text;
}

TEST_F(LoadingTest, StringsTakeFromTheEnvironmentAndFromFiles) {
  environment_ = {{"SITE", "plant-7"}, {"SERIES", "12"}, {"EMPTY", ""}};
  Write("/run/name", "pump ${SITE}\n");
  Write("/etc/godwit/agent.toml",
        "[agent]\nname = \"${file:/run/name}\"\n"
        "labels = { site = \"at ${SITE}!\", none = \"${NONE:-a b}\", empty = \"${EMPTY:-x}\" }\n"
        "id = \"a $${SITE}\"\n# ${UNSET}\n"
        "[[sensors.pattern]]\nseries = \"${SERIES}\"\n");
  const auto settings = Load();
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->name, "pump ${SITE}");  // what comes out of an expansion is not expanded
  EXPECT_EQ(settings->labels,
            (StringMap{{"empty", "x"}, {"none", "a b"}, {"site", "at plant-7!"}}));
  EXPECT_EQ(settings->id, "a ${SITE}");
  EXPECT_EQ(settings->sensors[0].own.Integer("series"), 12);
}

TEST_F(LoadingTest, WhatDoesNotExpandIsAProblemWithItsPlace) {
  const std::string text = ProblemsOf(
      "[agent]\nid = \"${NOT_SET}\"\nname = \"${bad name}\"\n"
      "[tls]\nca = \"${file:/no/such}\"\n[upload]\nendpoint = \"${OPEN:7443\"\n");
  EXPECT_NE(text.find("agent.toml:2:6: error: the environment has no variable NOT_SET"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("agent.toml:3:8: error: '${bad name}' is not a valid expansion"),
            std::string::npos);
  EXPECT_NE(text.find("agent.toml:5:6: error: open /no/such"), std::string::npos) << text;
  EXPECT_NE(text.find("agent.toml:7:12: error: '${' without a '}'"), std::string::npos) << text;
}

TEST_F(LoadingTest, ShownSettingsSayWhereTheyComeFromAndKeepSecretsToThemselves) {
  environment_ = {{"TOKEN", "s3cret"}};
  Write("/etc/godwit/agent.toml",
        "[agent]\nlabels = { t = \"${TOKEN}\" }\n[[sensors.exec]]\ncommand = [\"/bin/x\"]\n"
        "environment = { TOKEN = \"s3cret\" }\n");
  const auto settings = Load();
  ASSERT_TRUE(settings.ok()) << settings.status();
  const std::string shown = ShowSettings(AgentSchema(), settings->checked, true);
  EXPECT_EQ(shown.substr(shown.find("labels")).rfind("labels = { t = \"${TOKEN}\" }", 0), 0u);
  EXPECT_NE(shown.find("# /etc/godwit/agent.toml:2\n"), std::string::npos) << shown;
  EXPECT_NE(shown.find("# default\n"), std::string::npos);
  for (const EffectiveSetting& setting : EffectiveSettings(*settings)) {
    EXPECT_EQ(setting.value.find("s3cret"), std::string::npos) << setting.name;
  }
}

TEST_F(LoadingTest, TextsThatWereReadSayTheSameWhateverTheFilesSayByNow) {
  environment_ = {{"SITE", "a"}};
  Write("/etc/godwit/agent.toml", "[agent]\nlabels = { site = \"${SITE}\" }\n");
  Write("/etc/godwit/conf.d/1.toml", "[agent]\nname = \"pump\"\n");
  const auto settings = Load();
  ASSERT_TRUE(settings.ok()) << settings.status();
  ASSERT_TRUE(files_.Remove("/etc/godwit/agent.toml").ok());
  const auto again = LoadAgentSettings(
      settings->sources,
      {.files = files_, .environment = [](const std::string&) { return std::string("a"); }});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, *settings);
  EXPECT_EQ(again->files_hash, settings->files_hash);
  EXPECT_EQ(again->files, settings->files);
}

TEST_F(LoadingTest, TheStateIsFoundInFilesThatCannotBeTaken) {
  const SettingsDependencies dependencies{.files = files_, .environment = {}};
  const char* const kPath = "/etc/godwit/agent.toml";
  EXPECT_EQ(FindStateFolder(kPath, dependencies), "/var/lib/godwit");
  for (const char* text :
       {"[agent]\nstate = \"/x\"\n[upload]\nendpoint = \"127.",
        "[agent]\nstate = \"/x\"\nlabels = { a = ",
        "[agent]\nstate = \"/x\"\n[remote]\nsensors = [\n\"a\",\n\"b\",\n",
        "[agent]\nstate = \"/x\"\n[=\n[spool]\n", "[agent]\nstate = \"/x\"\nx = 1\n"}) {
    Write(kPath, text);
    EXPECT_FALSE(Load().ok()) << text;
    EXPECT_EQ(FindStateFolder(kPath, dependencies), "/x") << text;
    ASSERT_TRUE(files_.Remove(kPath).ok());
  }
  Write(kPath, "[agent]\nstate = \"/va");
  EXPECT_EQ(FindStateFolder(kPath, dependencies), "/var/lib/godwit");
}

TEST_F(LoadingTest, ShownSettingsAreSettingsAgain) {
  Write("/etc/godwit/agent.toml",
        "[agent]\ninterval = \"3s\"\n[[sensors.system]]\ninclude = [\"cpu\"]\n"
        "attributes = { a = \"b\\\"c\" }\n[[sensors.file]]\npath = \"/x\"\nmetric = \"x\"\n");
  const auto settings = Load();
  ASSERT_TRUE(settings.ok()) << settings.status();
  const auto again =
      ParseAgentSettings(ShowSettings(AgentSchema(), settings->checked, true), "shown");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(ShowSettings(AgentSchema(), again->checked, false),
            ShowSettings(AgentSchema(), settings->checked, false));
}

}  // namespace
}  // namespace godwit
