// Which device a certificate belongs to.
#include "base/identity_map.h"

#include <gtest/gtest.h>

namespace godwit {
namespace {

IdentityMap MapOf(const std::vector<std::string>& rules) {
  auto map = IdentityMap::Parse(rules);
  EXPECT_TRUE(map.ok()) << map.status();
  return *std::move(map);
}

std::string DeviceOf(const IdentityMap& map, const CertificateNames& names) {
  const auto device = map.DeviceOf(names);
  return device.ok() ? *device : Message(device.status());
}

TEST(IdentityMapTest, ADeviceUriNeedsNoRuleAndIsDecoded) {
  const IdentityMap map;
  EXPECT_EQ(DeviceOf(map, {.uris = {"urn:x", "godwit://device/pump-7"}}), "pump-7");
  EXPECT_EQ(DeviceOf(map, {.uris = {"godwit://device/a%2Fb%20c"}}), "a/b c");
}

TEST(IdentityMapTest, ADeviceUriThatIsNoneNamesNoDevice) {
  const IdentityMap map;
  for (const char* uri : {"godwit://device/", "godwit://device/%", "godwit://device/%4",
                          "godwit://device/%zz", "godwit://device/a%+1", "godwit://other/a"}) {
    EXPECT_TRUE(absl::IsNotFound(map.DeviceOf({.uris = {uri}}).status())) << uri;
  }
  EXPECT_TRUE(absl::IsNotFound(map.DeviceOf({}).status()));
}

TEST(IdentityMapTest, RulesMatchWholeNamesOfTheirKindInTheirOrder) {
  const IdentityMap map = MapOf({"dns:([a-z0-9-]+)\\.devices\\.example", "cn:gateway-(.+)"});
  EXPECT_EQ(DeviceOf(map, {.dns_names = {"pump-7.devices.example"}, .common_name = "gateway-1"}),
            "pump-7");
  EXPECT_EQ(DeviceOf(map, {.common_name = "gateway-1"}), "1");
  for (const CertificateNames& names :
       {CertificateNames{.dns_names = {"pump-7.devices.example.org"}},
        CertificateNames{.dns_names = {"x.pump-7.devices.example"}},
        CertificateNames{.uris = {"pump-7.devices.example"}},
        CertificateNames{.common_name = "my gateway-1"}}) {
    EXPECT_TRUE(absl::IsNotFound(map.DeviceOf(names).status())) << TextOf(names);
  }
}

TEST(IdentityMapTest, ADeviceUriGoesBeforeEveryRule) {
  const IdentityMap map = MapOf({"cn:(.+)"});
  EXPECT_EQ(DeviceOf(map, {.uris = {"godwit://device/a"}, .common_name = "b"}), "a");
}

TEST(IdentityMapTest, NamesOfTwoDevicesAreOfNone) {
  const IdentityMap map = MapOf({"dns:(.+)\\.example"});
  EXPECT_EQ(DeviceOf(map, {.uris = {"godwit://device/a", "godwit://device/b"}}),
            "its names are of several devices: 'a' and 'b'");
  EXPECT_TRUE(
      absl::IsInvalidArgument(map.DeviceOf({.dns_names = {"a.example", "b.example"}}).status()));
  EXPECT_EQ(DeviceOf(map, {.dns_names = {"a.example", "a.example"}}), "a");
}

TEST(IdentityMapTest, ARuleThatIsNoneIsQuotedWithTheReason) {
  const auto problem = [](const std::string& rule) {
    return Message(IdentityMap::Parse({"cn:(.+)", rule}).status());
  };
  EXPECT_EQ(problem("pump-(.+)"), "'pump-(.+)' begins with none of uri:, dns: and cn:");
  EXPECT_EQ(problem("san:(.+)"), "'san:(.+)' begins with none of uri:, dns: and cn:");
  EXPECT_EQ(problem("cn:pump"), "'cn:pump' needs one group, which is the device id");
  EXPECT_EQ(problem("cn:(a)(b)"), "'cn:(a)(b)' needs one group, which is the device id");
  EXPECT_NE(problem("cn:(").find("'cn:(' is no expression: "), std::string::npos);
}

}  // namespace
}  // namespace godwit
