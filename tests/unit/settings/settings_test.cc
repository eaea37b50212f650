#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/command_kinds.h"
#include "settings/agent_settings.h"
#include "settings/collector_settings.h"
#include "settings/schema.h"

namespace godwit {
namespace {

TEST(AgentSettingsTest, AnEmptyFileGivesTheDefaults) {
  const auto settings = ParseAgentSettings("", "agent.toml");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->id, "@machine-id");
  EXPECT_EQ(settings->batch_period, absl::Seconds(60));
  EXPECT_EQ(settings->spool_path, "/var/lib/godwit/spool");
  EXPECT_EQ(settings->spool_max_bytes, ByteCount{256} << 20);
  EXPECT_EQ(settings->upload_endpoint, "");
  EXPECT_EQ(settings->remote_commands.size(), std::size(kCommandKinds));
  EXPECT_TRUE(settings->sensors.empty());
}

TEST(AgentSettingsTest, UploadsProveTheLinkBeforeAnAutomaticPingIsDue) {
  const auto time_with = [](const std::string& text) {
    const auto settings = ParseAgentSettings(text, "agent.toml");
    EXPECT_TRUE(settings.ok()) << settings.status();
    return settings.ok() ? settings->upload_keepalive.time : absl::ZeroDuration();
  };
  EXPECT_EQ(time_with(""), absl::Seconds(75));
  EXPECT_EQ(time_with("[batch]\nperiod = \"2m\"\n"), absl::Seconds(135));
  EXPECT_EQ(time_with("[batch]\nperiod = \"2m\"\n[upload]\nkeepalive.time = \"auto\"\n"),
            absl::Seconds(135));
  EXPECT_EQ(time_with("[upload]\nkeepalive.time = \"40s\"\n"), absl::Seconds(40));
  EXPECT_EQ(AutomaticKeepaliveTime(absl::Seconds(1)), absl::Seconds(30));
  EXPECT_EQ(AutomaticKeepaliveTime(absl::Hours(1)), absl::Minutes(10));
}

TEST(AgentSettingsTest, AnOwnerMayAllowNothingAtAll) {
  const auto settings = ParseAgentSettings("[remote]\ncommands = []\nsensors = []\n", "agent.toml");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_TRUE(settings->remote_commands.empty());
}

TEST(AgentSettingsTest, SensorsTakeTheAgentsIntervalUnlessTheySayTheirOwn) {
  const auto settings = ParseAgentSettings(
      "[agent]\ninterval = \"5s\"\n[[sensors.system]]\ninclude = [\"cpu\"]\n"
      "[[sensors.pattern]]\nseries = 3\ninterval = \"1s\"\n",
      "agent.toml");
  ASSERT_TRUE(settings.ok()) << settings.status();
  ASSERT_EQ(settings->sensors.size(), 2u);
  EXPECT_EQ(settings->sensors[0].interval, absl::Seconds(5));
  EXPECT_EQ(settings->sensors[0].own.Strings("include"), StringList{"cpu"});
  EXPECT_EQ(settings->sensors[1].interval, absl::Seconds(1));
}

std::string Shipped(const std::string& name) {
  std::ifstream file(std::string(GODWIT_SOURCE_DIR) + "/config/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ShippedSettingsTest, TheAnnotatedFilesSayTheDefaults) {
  auto agent = ParseAgentSettings(Shipped("agent.toml"), "config/agent.toml");
  ASSERT_TRUE(agent.ok()) << agent.status();
  // A file without sensors has none; the shipped one has two, as they are by default.
  EXPECT_EQ(*agent, *ParseAgentSettings("[[sensors.system]]\n[[sensors.agent]]\n", "empty"));
  const auto collector = ParseCollectorSettings(Shipped("collector.toml"), "config/collector.toml");
  ASSERT_TRUE(collector.ok()) << collector.status();
  EXPECT_EQ(collector->checked.sections, ParseCollectorSettings("", "empty")->checked.sections);
}

TEST(ShippedSettingsTest, TheAnnotatedFilesNameEveryKey) {
  for (const auto& [schema, file] : {std::pair(&AgentSchema(), Shipped("agent.toml")),
                                     std::pair(&CollectorSchema(), Shipped("collector.toml"))}) {
    EXPECT_EQ(SampleFile(*schema), file);
    for (const SettingsSection& section : schema->sections) {
      EXPECT_NE(file.find(section.path), std::string::npos) << section.path;
      for (const Setting& setting : section.settings) {
        EXPECT_NE(file.find(std::string(setting.key) + " "), std::string::npos) << setting.key;
      }
    }
  }
}

// Settings are valid once the remark signs are removed.
TEST(SchemaTest, EverySampleOfASectionIsGood) {
  for (const SettingsSection& section : AgentSchema().sections) {
    const auto settings =
        ParseAgentSettings(SampleSection(AgentSchema(), section.path), std::string(section.path));
    EXPECT_TRUE(settings.ok()) << settings.status();
  }
}

TEST(CollectorSettingsTest, AnEmptyFileGivesTheDefaults) {
  const auto settings = ParseCollectorSettings("", "collector.toml");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->listen_devices, "127.0.0.1:7443");
  EXPECT_EQ(settings->listen_operators, "127.0.0.1:7444");
  EXPECT_EQ(settings->retention_age, absl::Hours(24 * 90));
  EXPECT_EQ(settings->retention_min_age, absl::Hours(24 * 7));
  EXPECT_FALSE(ParseCollectorSettings("[listen]\nport = 1\n", "collector.toml").ok());
}

TEST(CollectorSettingsTest, WhatAFullDiskKeepsIsNoOlderThanRetentionAllows) {
  const auto settings = ParseCollectorSettings("[store]\nretention.age = \"2d\"", "collector.toml");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->retention_min_age, absl::Hours(48));
}

}  // namespace
}  // namespace godwit
