// The columns of the schema that say what follows from a setting's meaning.
#include "settings/setting_traits.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "settings/agent_settings.h"
#include "settings/named_paths.h"
#include "settings/schema.h"

namespace godwit {
namespace {

// By its name, or by what its default and its example show. Patterns of paths are none.
bool LooksLikeAPath(const Setting& setting) {
  if (setting.type != SettingType::kString && setting.type != SettingType::kStrings) return false;
  const std::string_view last = setting.key.substr(setting.key.rfind('.') + 1);
  constexpr std::string_view kNames[] = {"path",   "file",  "folder", "directory",
                                         "device", "ca",    "key",    "certificate",
                                         "socket", "state", "command"};
  if (std::find(std::begin(kNames), std::end(kNames), last) != std::end(kNames)) return true;
  for (const std::string_view text : {setting.fallback, setting.example}) {
    const bool is_pattern = text.find('*') != std::string_view::npos;
    if (text.find("\"/") != std::string_view::npos && !is_pattern) return true;
  }
  return false;
}

TEST(SettingTraitsTest, EverySettingThatLooksLikeAPathIsCalledOne) {
  int paths = 0;
  for (const SettingsSchema* schema : {&AgentSchema(), &CollectorSchema()}) {
    for (const SettingsSection& section : schema->sections) {
      for (const Setting& setting : section.settings) {
        if (!LooksLikeAPath(setting)) continue;
        ++paths;
        EXPECT_NE(setting.traits.path, PathUse::kNone)
            << schema->program << ": " << section.path << "." << setting.key
            << " would escape remote.config.paths: its row needs .traits.path";
      }
    }
  }
  EXPECT_GE(paths, 12);
}

TEST(SettingTraitsTest, EverySettingThatListensIsCalledSo) {
  for (const SettingsSchema* schema : {&AgentSchema(), &CollectorSchema()}) {
    for (const SettingsSection& section : schema->sections) {
      for (const Setting& setting : section.settings) {
        const bool listens = setting.key.substr(setting.key.rfind('.') + 1) == "listen" ||
                             (section.path == "listen" && setting.fallback.starts_with("\"127."));
        EXPECT_EQ(setting.traits.is_listened_at, listens) << section.path << "." << setting.key;
      }
    }
  }
}

TEST(SettingTraitsTest, ASettingHasItsOwnTraitsAndThoseOfItsSection) {
  const NamedTraits key = FindTraits(AgentSchema(), "tls.key");
  EXPECT_EQ(key.name, "tls.key");
  EXPECT_EQ(key.traits.path, PathUse::kRead);
  EXPECT_TRUE(key.traits.local_only);
  EXPECT_EQ(key.traits.affects, Affects::kUplink);
  EXPECT_FALSE(key.traits.needs_restart);
}

TEST(SettingTraitsTest, AValueWithinAMapHasTheTraitsOfItsSetting) {
  const NamedTraits variable = FindTraits(AgentSchema(), "sensors.exec.environment.PATH");
  EXPECT_EQ(variable.name, "sensors.exec.environment");
  EXPECT_TRUE(variable.traits.by_full_name_only);
}

TEST(SettingTraitsTest, ANameThatIsNoSettingHasTheTraitsOfItsSectionAlone) {
  EXPECT_TRUE(FindTraits(AgentSchema(), "remote").traits.local_only);
  EXPECT_TRUE(FindTraits(AgentSchema(), "remote.new").traits.local_only);
  EXPECT_FALSE(FindTraits(AgentSchema(), "remotely.new").traits.local_only);
  EXPECT_FALSE(FindTraits(AgentSchema(), "agent.identity").traits.local_only);
}

TEST(NamedPathsTest, APathIsFoundInEverySectionWithItsUse) {
  const auto settings = ParseAgentSettings(
      "[tls]\nca = \"/etc/ca\"\n[[sensors.exec]]\ncommand = [\"/bin/x\", \"/etc/none\"]\n", "a");
  ASSERT_TRUE(settings.ok()) << settings.status();
  std::string text;
  for (const NamedPath& named : PathsIn(AgentSchema(), settings->checked)) {
    if (named.place.file == nullptr || named.place.line < 2) continue;
    text += Cat(named.setting, "=", named.path, named.use == PathUse::kRun ? " run;" : ";");
  }
  EXPECT_NE(text.find("tls.ca=/etc/ca;"), std::string::npos) << text;
  EXPECT_NE(text.find("sensors.exec.command=/bin/x run;"), std::string::npos) << text;
  EXPECT_EQ(text.find("/etc/none"), std::string::npos) << text;
}

}  // namespace
}  // namespace godwit
