// Broken configurations, each with its message to a person: tests/golden/settings/*.toml and
// the .txt beside each.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "settings/agent_settings.h"

namespace godwit {
namespace {

const std::filesystem::path kFolder = std::string(GODWIT_SOURCE_DIR) + "/tests/golden/settings";

std::string TextOf(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(BrokenSettingsTest, EachIsReportedWithItsPlaceAndASentence) {
  size_t seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".toml") continue;
    ++seen;
    const auto settings = ParseAgentSettings(TextOf(entry.path()), "agent.toml");
    ASSERT_FALSE(settings.ok()) << entry.path();
    auto expected = entry.path();
    expected.replace_extension(".txt");
    EXPECT_EQ(Message(settings.status()) + "\n", TextOf(expected)) << entry.path();
  }
  EXPECT_GE(seen, 40u);
}

}  // namespace
}  // namespace godwit
