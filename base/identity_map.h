// Which device a certificate belongs to: by the names that are written in it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace re2 {
class RE2;
}

namespace godwit {

// The URI (a subject alternative name) of a device's own certificate: this, and the device id
// percent-encoded (RFC 3986, section 2.1).
inline constexpr std::string_view kDeviceUriPrefix = "godwit://device/";

// The names in a certificate whose holder has proved that it has the key. All empty: the peer
// showed no certificate, or one without names.
struct CertificateNames {
  std::vector<std::string> uris;       // subject alternative names of type URI
  std::vector<std::string> dns_names;  // of type DNS
  std::string common_name;             // of the subject

  bool empty() const { return uris.empty() && dns_names.empty() && common_name.empty(); }
};

// Returns the names for a message: "CN=pump-7, URI=urn:x". Not cleaned: an authority wrote them.
std::string TextOf(const CertificateNames& names);

// Immutable; thread-safe.
class IdentityMap {
 public:
  // Knows device URIs alone.
  IdentityMap() = default;
  // Also knows the names of an organisation's own certificates, by rules such as
  // "dns:([a-z0-9-]+)\\.devices\\.example\\.com": a kind (uri, dns or cn), a colon, and an
  // expression in RE2's syntax that must match the whole name and has one group, the device id.
  // kInvalidArgument quotes the rule that is none, and why.
  [[nodiscard]] static StatusOr<IdentityMap> Parse(const std::vector<std::string>& rules);

  // Returns the device id: of a device URI if there is one, else by the first rule that matches.
  // kNotFound: none does. kInvalidArgument: the names are of more than one device.
  [[nodiscard]] StatusOr<std::string> DeviceOf(const CertificateNames& names) const;

 private:
  struct Rule {
    std::string kind;
    std::shared_ptr<const re2::RE2> pattern;
  };
  std::vector<Rule> rules_;
};

}  // namespace godwit
