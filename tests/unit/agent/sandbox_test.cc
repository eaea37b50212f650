#include "agent/sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace godwit::agent {
namespace {

using testing::HasSubstr;
using testing::Not;

// A machine with a serial port for dialout, a value for gpio, one for root, and one for all.
std::optional<PathFacts> Check(const std::string& path) {
  if (path == "/dev/ttyS0") {
    return PathFacts{.owner = "root", .group = "dialout", .mode = 0660, .is_device = true};
  }
  if (path == "/sys/gpio") return PathFacts{.owner = "root", .group = "gpio", .mode = 0640};
  if (path == "/sys/secret") return PathFacts{.owner = "root", .group = "root", .mode = 0400};
  if (path == "/etc/own.pem") return PathFacts{.owner = "godwit", .group = "root", .mode = 0400};
  if (path == "/nowhere") return std::nullopt;
  return PathFacts{.owner = "root", .group = "root", .mode = 0755};
}

std::string Of(const std::string& toml) {
  const auto settings = ParseAgentSettings(toml, "agent.toml");
  EXPECT_TRUE(settings.ok()) << settings.status();
  return settings.ok() ? SandboxText(*settings, Check) : "";
}

std::string File(const std::string& path) {
  return Of("[[sensors.file]]\nname = \"door\"\nmetric = \"door\"\npath = \"" + path + "\"\n");
}

TEST(SandboxTest, SettingsOfTheShippedKindNeedNothing) {
  EXPECT_EQ(Of("[[sensors.system]]\n[[sensors.thermal]]\n[[sensors.statsd]]\n"),
            "# Nothing beyond the shipped service.\n");
  EXPECT_EQ(File("/sys/class/thermal/x"), "# Nothing beyond the shipped service.\n");
}

TEST(SandboxTest, ADeviceIsAllowedByItsNameAndItsGroup) {
  const std::string text = File("/dev/ttyS0");
  EXPECT_THAT(text, HasSubstr("\nPrivateDevices=no\n"));
  EXPECT_THAT(text, HasSubstr("\nDeviceAllow=/dev/ttyS0 r\n"));
  EXPECT_THAT(text, HasSubstr("\nSupplementaryGroups=dialout\n"));
  EXPECT_THAT(text, HasSubstr("# file/door: /dev/ttyS0"));
}

TEST(SandboxTest, WhatAGroupMayReadNeedsTheGroupAndWhatOnlyRootMayIsSaid) {
  EXPECT_THAT(File("/sys/gpio"), HasSubstr("SupplementaryGroups=gpio"));
  const std::string text = File("/sys/secret");
  EXPECT_THAT(text, HasSubstr("is not accessible to the user godwit"));
  EXPECT_THAT(text, Not(HasSubstr("SupplementaryGroups")));
  EXPECT_THAT(File("/nowhere"), HasSubstr("does not exist now"));
}

TEST(SandboxTest, PlacesThatTheSandboxHidesAreOpened) {
  EXPECT_THAT(File("/tmp/value"), HasSubstr("PrivateTmp=no"));
  const std::string text = Of("[agent]\nstate = \"/home/pi/godwit\"\n");
  EXPECT_THAT(text, HasSubstr("ReadWritePaths=/home/pi/godwit\n"));
  EXPECT_THAT(text, HasSubstr("ReadWritePaths=/home/pi/godwit/spool\n"));
  EXPECT_THAT(text, HasSubstr("ProtectHome=no"));
}

TEST(SandboxTest, ALowPortNeedsItsCapability) {
  EXPECT_THAT(Of("[[sensors.statsd]]\nlisten = \"127.0.0.1:125\"\n"),
              HasSubstr("AmbientCapabilities=CAP_NET_BIND_SERVICE"));
}

TEST(SandboxTest, OfProgramsItSaysWhatItCannotKnow) {
  const std::string text =
      Of("[remote.programs]\nreset = \"/usr/bin/reset <a|b>\"\n"
         "[[sensors.exec]]\nname = \"pump\"\ncommand = [\"/usr/bin/pump\", \"-x\"]\n");
  EXPECT_THAT(text, HasSubstr("exec/pump runs /usr/bin/pump inside the sandbox"));
  EXPECT_THAT(text, HasSubstr("remote.programs.reset runs /usr/bin/reset inside"));
}

TEST(SandboxTest, AKeyOfTheServicesOwnUserIsReadable) {
  EXPECT_EQ(Of("[tls]\nca = \"/etc/own.pem\"\n"), "# Nothing beyond the shipped service.\n");
}

}  // namespace
}  // namespace godwit::agent
