#include "agent/shared_identity.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace godwit::agent {
namespace {

// In lower case.
constexpr std::array kSharedIds = {
    // Host names.
    std::string_view("localhost"), std::string_view("localhost.localdomain"),
    std::string_view("localhost4"), std::string_view("localhost6"), std::string_view("(none)"),
    std::string_view("armbian"), std::string_view("beaglebone"), std::string_view("buildroot"),
    std::string_view("debian"), std::string_view("openwrt"), std::string_view("raspberrypi"),
    std::string_view("ubuntu"),
    // Serial numbers.
    std::string_view("none"), std::string_view("unknown"), std::string_view("not specified"),
    std::string_view("not applicable"), std::string_view("default string"),
    std::string_view("system serial number"), std::string_view("to be filled by o.e.m."),
    std::string_view("to be filled by o.e.m"), std::string_view("123456789"),
    std::string_view("0123456789"), std::string_view("1234567890")};

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace

std::string SharedIdentity(std::string_view id) {
  const bool zeros = !id.empty() && id.find_first_not_of('0') == std::string_view::npos;
  const bool known = std::find(kSharedIds.begin(), kSharedIds.end(), Lower(id)) != kSharedIds.end();
  if (!zeros && !known) return "";
  return Cat("'", id, "' is a name that many machines have; set agent.id to a name that no other ",
             "device has, or to \"@machine-id\"");
}

}  // namespace godwit::agent
