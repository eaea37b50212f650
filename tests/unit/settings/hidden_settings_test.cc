// What settings take from the environment or from files appears in no message.
#include <gtest/gtest.h>

#include "base/hidden_text.h"
#include "base/text.h"
#include "settings/agent_settings.h"
#include "settings/effective_settings.h"
#include "tests/sim/sim_file_system.h"

namespace godwit {
namespace {

constexpr char kSecret[] = "c4nary-of-settings";

void Write(sim::SimFileSystem& files, const std::string& path, const std::string& text) {
  auto file = files.Create(path);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE((*file)->Append(text).ok());
}

// The environment has CANARY, and /etc/token has the secret.
StatusOr<AgentSettings> Load(const std::string& text, const std::string& canary = kSecret) {
  sim::SimScheduler scheduler(1);
  sim::SimFileSystem files(scheduler);
  EXPECT_TRUE(files.CreateDirectories("/etc").ok());
  Write(files, "/etc/agent.toml", text);
  Write(files, "/etc/token", Cat(kSecret, "\n"));
  return LoadAgentSettings("/etc/agent.toml",
                           {.files = files, .environment = [&canary](const std::string& name) {
                              return name == "CANARY" ? std::optional(canary) : std::nullopt;
                            }});
}

TEST(HiddenSettingsTest, AMistakeIsShownAsTheFileWritesIt) {
  for (const char* text :
       {"[spool]\nwhen_full = \"${CANARY}\"\n", "[remote]\ncommands = [\"${CANARY}\"]\n",
        "[remote]\nsensors = [\"${CANARY}\"]\ncommands = [\"ping\", \"${CANARY}\"]\n",
        "[upload]\nendpoint = \"${CANARY}\"\n", "[upload]\nendpoint = \"https://${CANARY}:1\"\n",
        "[batch]\nperiod = \"${CANARY}\"\n", "[remote]\nprograms = { a = \"${CANARY}\" }\n",
        "[remote]\nprograms = { a = \"/bin/x <${CANARY}(>\" }\n",
        "[[sensors.file]]\npath = \"${CANARY}\"\nmetric = \"m\"\n",
        "[[sensors.statsd]]\nlisten = \"${CANARY}\"\n",
        "[[sensors.exec]]\ncommand = [\"${file:/etc/token}\"]\n",
        "[[sensors.system]]\ninclude = [\"${CANARY}\"]\n"}) {
    const auto settings = Load(text);
    ASSERT_FALSE(settings.ok()) << text;
    EXPECT_EQ(Message(settings.status()).find(kSecret), std::string::npos)
        << Message(settings.status());
  }
}

TEST(HiddenSettingsTest, AWrongChoiceIsShownAsItIsWrittenHoweverShortItIs) {
  const auto settings = Load("[spool]\nwhen_full = \"${CANARY}\"\n", "q9");
  ASSERT_FALSE(settings.ok());
  EXPECT_NE(Message(settings.status()).find("has the unknown value \"${CANARY}\""),
            std::string::npos)
      << Message(settings.status());
}

TEST(HiddenSettingsTest, APathIsNamedAsItIsWrittenInEveryLaterMessage) {
  const auto settings = Load(
      "[[sensors.file]]\npath = \"/dev/${CANARY}/value\"\nmetric = \"m\"\n"
      "[spool]\npath = \"/var/${file:/etc/token}\"\n");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->sensors[0].own.String("path"), Cat("/dev/", kSecret, "/value"));
  const std::string said = Message(Error(StatusCode::kNotFound, Cat("/dev/", kSecret, "/value")));
  EXPECT_EQ(said.find(kSecret), std::string::npos) << said;
  for (const EffectiveSetting& setting : EffectiveSettings(*settings)) {
    EXPECT_EQ(setting.value.find(kSecret), std::string::npos) << setting.name;
  }
}

TEST(HiddenSettingsTest, ANameThatReportsCarryAnywayIsNotHidden) {
  const auto settings =
      Load("[agent]\nname = \"${CANARY}\"\nlabels = { place = \"${CANARY}\" }\n", "pump-seven");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(WithHiddenTexts("device pump-seven"), "device pump-seven");
}

}  // namespace
}  // namespace godwit
