#include "settings/address_check.h"

#include <string>

#include "base/endpoint.h"
#include "base/text.h"

namespace godwit {
namespace {

// Of the text only the whole is repeated: of a part of it nobody knows that it is hidden.
struct Words {
  std::string what;
  std::string hint;
};

Words WordsFor(EndpointFault fault, const AddressSetting& setting) {
  const std::string& text = setting.values.String(setting.key);
  const std::string example = setting.is_listened_at ? "0.0.0.0" : "collector.example.org";
  switch (fault) {
    case EndpointFault::kNone:
      break;
    case EndpointFault::kUrl:
      return {"must be a name and a port, not a URL",
              Cat("write \"", example, ":", setting.port, "\"")};
    case EndpointFault::kNoPort:
      return {"needs a port", text.find(':') == std::string::npos && !text.empty()
                                  ? Cat("write \"", text, ":", setting.port, "\"?")
                                  : Cat("such as \"", example, ":", setting.port, "\"")};
    case EndpointFault::kNoHost:
      return {"needs a host in front of its port",
              setting.is_listened_at
                  ? Cat("\"0.0.0.0:", setting.port, "\" or \"[::]:", setting.port,
                        "\" for every address of this machine")
                  : Cat("such as \"", example, ":", setting.port, "\"")};
    case EndpointFault::kBareIpv6:
      return {"has an IPv6 address without brackets",
              Cat("such as \"[2001:db8::7]:", setting.port, "\"")};
    case EndpointFault::kBadHost:
      return {"has an invalid host", Cat("such as \"", example, ":", setting.port,
                                         "\" or \"[2001:db8::7]:", setting.port, "\"")};
    case EndpointFault::kBadPort:
      return {"has an invalid port",
              setting.is_listened_at ? "a number from 0 to 65535" : "a number from 1 to 65535"};
  }
  return {};
}

Place PlaceOf(const AddressSetting& setting) {
  return setting.values.PlaceOf(setting.key);
}

std::string NameOf(const AddressSetting& setting) {
  return Cat("'", setting.section, ".", setting.key, "' ");
}

// "host:0", "host:000".
bool HasPortZero(std::string_view text) {
  return text.substr(text.rfind(':') + 1).find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

bool CheckAddress(const AddressSetting& setting, Problems& problems) {
  const std::string& text = setting.values.String(setting.key);
  EndpointFault fault = FindEndpointFault(text);
  if (fault == EndpointFault::kNone && !setting.is_listened_at && HasPortZero(text)) {
    fault = EndpointFault::kBadPort;
  }
  if (fault == EndpointFault::kNone) return true;
  const Words words = WordsFor(fault, setting);
  problems.Add(PlaceOf(setting), NameOf(setting) + words.what, words.hint);
  return false;
}

void RequireLoopback(const AddressSetting& setting, std::string_view remedy, Problems& problems) {
  if (IsLoopback(setting.values.String(setting.key))) return;
  problems.Add(PlaceOf(setting), NameOf(setting) + "is on another machine and would be plaintext",
               remedy);
}

}  // namespace godwit
