// What [tls] names, read and judged.
#include "settings/tls_files.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "settings/agent_settings.h"
#include "settings/collector_settings.h"
#include "tests/sim/sim_file_system.h"
#include "tests/unit/pem_texts.h"

namespace godwit {
namespace {

using namespace std::string_view_literals;

class TlsFilesTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(disk_.CreateDirectories("/tls").ok()); }
  void Write(const std::string& name, const std::string& text) {
    auto file = *disk_.Create("/tls/" + name);
    ASSERT_TRUE(file->Append(text).ok());
  }
  // What is wrong with the files that these settings name; empty: nothing.
  std::string Wrong(const std::string& toml) {
    const auto settings = ParseAgentSettings("[tls]\n" + toml, "agent.toml");
    EXPECT_TRUE(settings.ok()) << settings.status();
    Problems problems;
    texts_ = ReadTlsFiles(settings->checked.sections.at("tls"), disk_, problems);
    return Message(problems.ToStatus());
  }

  sim::SimScheduler scheduler_{1};
  sim::SimFileSystem disk_{scheduler_};
  TlsTexts texts_;
};

TEST_F(TlsFilesTest, GoodFilesAreHandedOver) {
  Write("ca", kCertificateOne);
  Write("key", kKeyOne);
  EXPECT_EQ(Wrong("ca = \"/tls/ca\"\ncertificate = \"/tls/ca\"\nkey = \"/tls/key\"\n"), "");
  EXPECT_EQ(texts_.ca, kCertificateOne);
  EXPECT_EQ(texts_.certificate, kCertificateOne);
  EXPECT_EQ(texts_.key, kKeyOne);
}

TEST_F(TlsFilesTest, WhereNoneIsNamedThereIsNone) {
  EXPECT_EQ(Wrong(""), "");
  EXPECT_EQ(texts_.ca, "");
}

TEST_F(TlsFilesTest, AnEmptyFileIsNotTheSameAsNone) {
  Write("ca", "");
  EXPECT_EQ(Wrong("ca = \"/tls/ca\"\n"),
            "agent.toml:2:6: error: 'tls.ca': /tls/ca is empty\n"
            "    2 | ca = \"/tls/ca\"\n"
            "      |      ^^^^^^^^^\n1 error");
}

TEST_F(TlsFilesTest, AllThatIsWrongIsSaidAtOnce) {
  Write("certificate", "no certificate");
  Write("key", kLockedKey);
  const std::string wrong =
      Wrong("ca = \"/tls/none\"\ncertificate = \"/tls/certificate\"\nkey = \"/tls/key\"\n");
  for (const char* place :
       {"agent.toml:2:6: ", "agent.toml:3:15: ", "agent.toml:4:7: ", "3 errors"}) {
    EXPECT_NE(wrong.find(place), std::string::npos) << wrong;
  }
}

TEST_F(TlsFilesTest, AKeyOfAnotherCertificateIsWrongAtTheKey) {
  Write("certificate", kCertificateOne);
  Write("key", kKeyTwo);
  const std::string wrong = Wrong("certificate = \"/tls/certificate\"\nkey = \"/tls/key\"\n");
  EXPECT_NE(wrong.find("agent.toml:3:7: error: 'tls.key': /tls/key is not the key"),
            std::string::npos)
      << wrong;
}

// An owner's file is on the device: what is pushed on top of it may rely on that.
TEST(PushedAddressTest, IsJudgedByItsFormAlone) {
  EXPECT_TRUE(CheckPushedSettings({"revision 1", "[upload]\nendpoint = \"a.example:1\"\n"}).ok());
  EXPECT_FALSE(CheckPushedSettings({"revision 1", "[upload]\nendpoint = \"a.example\"\n"}).ok());
}

TEST(CollectorAddressesTest, EachIsInPlaintextBeyondThisMachineOnlyByWord) {
  for (const char* key : {"devices", "operators", "http"}) {
    const std::string text = Cat("[listen]\n", key, " = \"0.0.0.0:7000\"\n");
    const auto refused = ParseCollectorSettings(text, "collector.toml");
    EXPECT_NE(Message(refused.status()).find("collector.toml:2:"), std::string::npos) << key;
    EXPECT_TRUE(ParseCollectorSettings(text + "insecure = true\n", "collector.toml").ok()) << key;
  }
}

TEST(CollectorAddressesTest, TlsIsForDevicesAlone) {
  const std::string tls = "[tls]\ncertificate = \"/c\"\nkey = \"/k\"\n[listen]\n";
  EXPECT_TRUE(ParseCollectorSettings(tls + "devices = \"0.0.0.0:1\"\n", "x").ok());
  EXPECT_FALSE(ParseCollectorSettings(tls + "operators = \"0.0.0.0:1\"\n", "x").ok());
}

// Of a collector with these settings; "": there are none.
std::string WarningsOf(const std::string& text) {
  const auto settings = ParseCollectorSettings(text, "collector.toml");
  if (!settings.ok()) return Message(settings.status());
  std::string all;
  for (const std::string& warning : settings->warnings) all += warning;
  return all;
}

TEST(CollectorAddressesTest, DevicesWithoutCertificatesBeyondThisMachineAreWarnedOf) {
  const std::string beyond = "[listen]\ndevices = \"0.0.0.0:1\"\n";
  const std::string tls = "[tls]\ncertificate = \"/c\"\nkey = \"/k\"\n";
  EXPECT_NE(WarningsOf(beyond + tls).find("the next release will not start"), std::string::npos);
  for (const std::string word : {"strangers", "insecure"}) {
    const std::string meant = WarningsOf(beyond + word + " = true\n" + tls);
    EXPECT_NE(meant.find("listen.devices 0.0.0.0:1 is open to strangers"), std::string::npos);
    EXPECT_EQ(meant.find("will not start"), std::string::npos) << meant;
  }
  EXPECT_EQ(WarningsOf(beyond + tls + "ca = \"/ca\"\n[identity]\nmode = \"required\"\n"), "");
  EXPECT_EQ(WarningsOf("[listen]\nstrangers = true\n"), "");
}

TEST(CollectorAddressesTest, WhatAProxyPassesOnComesFromBeyondThisMachine) {
  const std::string proxied = "[listen]\ntrusted_proxies = [\"127.0.0.1\"]\n";
  EXPECT_NE(WarningsOf(proxied).find("is open to strangers"), std::string::npos);
  const std::string tls = "[tls]\ncertificate = \"/c\"\nkey = \"/k\"\nca = \"/a\"\n";
  EXPECT_EQ(WarningsOf(proxied + tls + "[identity]\nmode = \"required\"\n"), "");
}

TEST(CollectorAddressesTest, TrustedProxiesAreAddressesAndNetworks) {
  const auto settings = ParseCollectorSettings(
      "[listen]\ntrusted_proxies = [\"192.0.2.10\", \"2001:db8::/32\"]\n", "x");
  ASSERT_TRUE(settings.ok()) << settings.status();
  ASSERT_EQ(settings->trusted_proxies.size(), 2u);
  EXPECT_TRUE(settings->trusted_proxies[0].Contains(IpAddress::Of("\xc0\x00\x02\x0a"sv)));
  const std::string wrong = WarningsOf("[listen]\ntrusted_proxies = [\"proxy.example.org\"]\n");
  EXPECT_NE(wrong.find("collector.toml:2:"), std::string::npos) << wrong;
  EXPECT_NE(wrong.find("'proxy.example.org' is neither an address nor a network"),
            std::string::npos)
      << wrong;
}

TEST(CollectorAddressesTest, AnAuthorityAndStrangersContradictEachOther) {
  const std::string text =
      "[listen]\nstrangers = true\n[tls]\ncertificate = \"/c\"\nkey = \"/k\"\nca = \"/ca\"\n";
  EXPECT_NE(WarningsOf(text).find("collector.toml:2:13: error: tls.ca and listen.strangers"),
            std::string::npos)
      << WarningsOf(text);
}

TEST(CollectorIdentityTest, CertificatesThatNameNobodyAreWarnedOf) {
  const std::string tls = "[tls]\ncertificate = \"/c\"\nkey = \"/k\"\nca = \"/ca\"\n";
  EXPECT_NE(WarningsOf(tls).find("identity.mode is \"off\": a device with any certificate"),
            std::string::npos);
  for (const std::string mode : {"observe", "required"}) {
    EXPECT_EQ(WarningsOf(tls + "[identity]\nmode = \"" + mode + "\"\n"), "");
  }
}

TEST(CollectorIdentityTest, WhatIsRequiredMustBeAskedFor) {
  EXPECT_NE(WarningsOf("[identity]\nmode = \"required\"\n")
                .find("collector.toml:2:8: error: identity.mode = \"required\" without tls.ca"),
            std::string::npos);
  EXPECT_EQ(WarningsOf("[identity]\nmode = \"observe\"\n"), "");
}

TEST(CollectorIdentityTest, ARuleThatIsNoneIsFoundInTheFile) {
  const std::string wrong = WarningsOf("[identity]\nmap = [\"cn:(.+)\", \"cn:x\"]\n");
  EXPECT_NE(wrong.find("collector.toml:2:7: error: 'identity.map': 'cn:x' needs one group"),
            std::string::npos)
      << wrong;
}

TEST(CollectorAddressesTest, NoTwoListenAtOneAddress) {
  const auto settings = ParseCollectorSettings("[listen]\nhttp = \"127.0.0.1:7443\"\n", "x");
  EXPECT_NE(Message(settings.status()).find("has the same address as listen.devices"),
            std::string::npos);
  EXPECT_TRUE(
      ParseCollectorSettings("[listen]\ndevices = \"[::1]:0\"\noperators = \"[::1]:0\"\n", "x")
          .ok());
}

TEST(CollectorAddressesTest, HttpMayBeNowhereAndPortsTheSystems) {
  EXPECT_TRUE(ParseCollectorSettings("[listen]\nhttp = \"\"\ndevices = \"[::1]:0\"\n", "x").ok());
  EXPECT_FALSE(ParseCollectorSettings("[listen]\noperators = \"\"\n", "x").ok());
}

}  // namespace
}  // namespace godwit
