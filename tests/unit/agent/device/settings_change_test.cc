#include "agent/device/settings_change.h"

#include <gtest/gtest.h>

namespace godwit::agent {
namespace {

SettingsChange Between(const std::string& now, const std::string& wanted) {
  return Compare(*ParseAgentSettings(now, "now"), *ParseAgentSettings(wanted, "wanted"));
}

TEST(SettingsChangeTest, TheSameSettingsElsewhereAreNoChange) {
  EXPECT_FALSE(Between("[agent]\ninterval = \"5s\"\n[[sensors.pattern]]\n",
                       "# moved\n\n[[sensors.pattern]]\n[agent]\ninterval = \"5s\"\n")
                   .any());
}

TEST(SettingsChangeTest, EachSettingTouchesItsPartOnly) {
  const auto uplink = Between("", "[upload]\nendpoint = \"127.0.0.1:1\"\n");
  EXPECT_TRUE(uplink.uplink);
  EXPECT_FALSE(uplink.batch);
  EXPECT_TRUE(uplink.needs_restart.empty());
  EXPECT_EQ(uplink.settings, std::vector<std::string>{"upload.endpoint"});
  const auto batch = Between("", "[batch]\nperiod = \"5s\"\n");
  EXPECT_TRUE(batch.batch);
  EXPECT_FALSE(batch.uplink);
  EXPECT_EQ(Between("", "[spool]\npath = \"/elsewhere\"\n").needs_restart,
            std::vector<std::string>{"spool.path"});
}

TEST(SettingsChangeTest, ASensorThatChangesIsMadeAnewAndTheOthersAreLeftAlone) {
  const auto change = Between(
      "[[sensors.pattern]]\nname = \"a\"\n[[sensors.pattern]]\nname = \"b\"\n"
      "[[sensors.pattern]]\nname = \"c\"\n",
      "[[sensors.pattern]]\nname = \"a\"\n[[sensors.pattern]]\nname = \"b\"\nseries = 2\n"
      "[[sensors.pattern]]\nname = \"c\"\nenabled = false\n[[sensors.pattern]]\nname = \"d\"\n");
  EXPECT_EQ(change.gone, (std::vector<std::string>{"pattern/b", "pattern/c"}));
  ASSERT_EQ(change.come.size(), 2u);
  EXPECT_EQ(change.come[0].name, "b");
  EXPECT_EQ(change.come[1].name, "d");
}

TEST(SettingsChangeTest, TheAgentsIntervalIsThatOfSensorsWithoutTheirOwn) {
  const std::string sensors =
      "[[sensors.pattern]]\nname = \"a\"\n[[sensors.pattern]]\nname = \"b\"\ninterval = \"1s\"\n";
  const auto change = Between(sensors, "[agent]\ninterval = \"2s\"\n" + sensors);
  EXPECT_EQ(change.gone, std::vector<std::string>{"pattern/a"});
}

}  // namespace
}  // namespace godwit::agent
