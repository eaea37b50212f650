#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "settings/agent_settings.h"
#include "settings/collector_settings.h"

namespace godwit {
namespace {

std::string ProblemsOf(std::string_view text) {
  const auto settings = ParseAgentSettings(text, "agent.toml");
  return settings.ok() ? "" : Message(settings.status());
}

TEST(AgentSettingsTest, AnEmptyFileGivesTheDefaults) {
  const auto settings = ParseAgentSettings("", "agent.toml");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->id, "@machine-id");
  EXPECT_EQ(settings->batch_period, absl::Seconds(60));
  EXPECT_EQ(settings->spool_path, "/var/lib/godwit/spool");
  EXPECT_EQ(settings->spool_max_bytes, ByteCount{256} << 20);
  EXPECT_EQ(settings->upload_endpoint, "");
  EXPECT_TRUE(settings->sensors.empty());
}

TEST(AgentSettingsTest, SensorsTakeTheAgentsIntervalUnlessTheySayTheirOwn) {
  const auto settings = ParseAgentSettings(
      "[agent]\ninterval = \"5s\"\n[[sensors.system]]\ninclude = [\"cpu\"]\n"
      "[[sensors.pattern]]\nseries = 3\ninterval = \"1s\"\n",
      "agent.toml");
  ASSERT_TRUE(settings.ok()) << settings.status();
  ASSERT_EQ(settings->sensors.size(), 2u);
  EXPECT_EQ(settings->sensors[0].interval, absl::Seconds(5));
  EXPECT_EQ(settings->sensors[0].include, std::vector<std::string>{"cpu"});
  EXPECT_EQ(settings->sensors[1].interval, absl::Seconds(1));
}

TEST(AgentSettingsTest, UnknownKeysAreErrorsWithTheirPlace) {
  EXPECT_EQ(ProblemsOf("[agent]\nintervall = \"5s\"\n"),
            "agent.toml:2:1: unknown key agent.intervall; known here are \"id\", \"interval\", "
            "\"labels\", \"name\", \"state\"");
  EXPECT_NE(ProblemsOf("[[sensors.telepathy]]\n").find("unknown key sensors.telepathy"),
            std::string::npos);
}

TEST(AgentSettingsTest, EveryProblemIsSaidInOneRunInTheOrderOfTheFile) {
  const std::string problems = ProblemsOf(
      "[agent]\ninterval = 10\n[spool]\nmax_bytes = \"1KiB\"\nwhen_full = \"panic\"\n"
      "[upload]\nkeepalive = { time = \"1s\" }\n[[sensors.system]]\ninclude = [\"cpus\"]\n");
  EXPECT_NE(problems.find("agent.toml:2:12: agent.interval: must be a duration in quotes"),
            std::string::npos)
      << problems;
  EXPECT_NE(problems.find("agent.toml:4:13: spool.max_bytes: 1KiB is less than 1MiB"),
            std::string::npos)
      << problems;
  EXPECT_NE(problems.find("agent.toml:5:13: spool.when_full: unknown \"panic\""), std::string::npos)
      << problems;
  EXPECT_NE(problems.find("upload.keepalive.time: 1s is outside 10s to 1h"), std::string::npos)
      << problems;
  EXPECT_NE(problems.find("unknown \"cpus\"; known are \"cpu\", \"load\", \"memory\""),
            std::string::npos)
      << problems;
}

TEST(AgentSettingsTest, WhatIsNotTomlIsSaidWithItsPlace) {
  EXPECT_EQ(ProblemsOf("[agent\n").rfind("agent.toml:1:", 0), 0u);
}

TEST(AgentSettingsTest, TwoSensorsOfOneTypeNeedDifferentNames) {
  EXPECT_NE(ProblemsOf("[[sensors.pattern]]\n[[sensors.pattern]]\n").find("is called \"pattern\""),
            std::string::npos);
  EXPECT_EQ(ProblemsOf("[[sensors.pattern]]\n[[sensors.pattern]]\nname = \"b\"\n"), "");
  EXPECT_NE(ProblemsOf("[[sensors.pattern]]\nresolution = -0.1\n").find("not negative"),
            std::string::npos);
  EXPECT_EQ(ProblemsOf("[[sensors.pattern]]\nresolution = 0.01\n"), "");
}

std::string Shipped(const std::string& name) {
  std::ifstream file(std::string(GODWIT_SOURCE_DIR) + "/config/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ShippedSettingsTest, TheAnnotatedFilesSayTheDefaults) {
  auto agent = ParseAgentSettings(Shipped("agent.toml"), "config/agent.toml");
  ASSERT_TRUE(agent.ok()) << agent.status();
  ASSERT_EQ(agent->sensors.size(), 1u);
  EXPECT_EQ(agent->sensors[0].include, (std::vector<std::string>{"cpu", "load", "memory"}));
  agent->sensors.clear();  // a file without sensors has none
  EXPECT_EQ(*agent, *ParseAgentSettings("", "empty"));
  const auto collector = ParseCollectorSettings(Shipped("collector.toml"), "config/collector.toml");
  ASSERT_TRUE(collector.ok()) << collector.status();
  EXPECT_EQ(*collector, *ParseCollectorSettings("", "empty"));
}

TEST(CollectorSettingsTest, AnEmptyFileGivesTheDefaults) {
  const auto settings = ParseCollectorSettings("", "collector.toml");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->listen_devices, "127.0.0.1:7443");
  EXPECT_EQ(settings->listen_operators, "127.0.0.1:7444");
  EXPECT_EQ(settings->retention_age, absl::Hours(24 * 90));
  EXPECT_FALSE(ParseCollectorSettings("[listen]\nport = 1\n", "collector.toml").ok());
}

}  // namespace
}  // namespace godwit
