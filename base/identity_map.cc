#include "base/identity_map.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <system_error>
#include <utility>

#include "base/text.h"

namespace godwit {
namespace {

constexpr std::string_view kKinds[] = {"uri", "dns", "cn"};
// An expression that needs more is refused: no name is matched by such a one.
constexpr int64_t kPatternMemory = 256 * 1024;

Status Wrong(const std::string& rule, std::string_view why) {
  return Error(StatusCode::kInvalidArgument, Cat("'", rule, "' ", why));
}

// "%41" is "A". Nothing for what is no encoding, and for an empty id.
std::optional<std::string> DecodedId(std::string_view text) {
  std::string id;
  while (!text.empty()) {
    if (text.front() != '%') {
      id += text.front();
      text.remove_prefix(1);
      continue;
    }
    uint8_t byte = 0;
    if (text.size() < 3) return std::nullopt;
    const auto parsed = std::from_chars(text.data() + 1, text.data() + 3, byte, 16);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + 3) return std::nullopt;
    id += static_cast<char>(byte);
    text.remove_prefix(3);
  }
  if (id.empty()) return std::nullopt;
  return id;
}

std::vector<std::string> NamesOf(const CertificateNames& names, std::string_view kind) {
  if (kind == "uri") return names.uris;
  if (kind == "dns") return names.dns_names;
  if (names.common_name.empty()) return {};
  return {names.common_name};
}

// The one device among them.
StatusOr<std::string> OnlyOne(std::vector<std::string> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  if (ids.size() == 1) return ids.front();
  return Error(StatusCode::kInvalidArgument,
               Cat("its names are of several devices: '", ids[0], "' and '", ids[1], "'"));
}

}  // namespace

std::string TextOf(const CertificateNames& names) {
  std::string text;
  const auto add = [&text](std::string_view kind, const std::string& name) {
    text += Cat(text.empty() ? "" : ", ", kind, "=", name);
  };
  if (!names.common_name.empty()) add("CN", names.common_name);
  for (const std::string& uri : names.uris) add("URI", uri);
  for (const std::string& name : names.dns_names) add("DNS", name);
  return text;
}

StatusOr<IdentityMap> IdentityMap::Parse(const std::vector<std::string>& rules) {
  IdentityMap map;
  for (const std::string& rule : rules) {
    const size_t colon = rule.find(':');
    const std::string kind = rule.substr(0, colon);
    if (colon == std::string::npos ||
        std::find(std::begin(kKinds), std::end(kKinds), kind) == std::end(kKinds)) {
      return Wrong(rule, "begins with none of uri:, dns: and cn:");
    }
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kPatternMemory);
    auto pattern = std::make_shared<const re2::RE2>(rule.substr(colon + 1), options);
    if (!pattern->ok()) return Wrong(rule, Cat("is no expression: ", pattern->error()));
    if (pattern->NumberOfCapturingGroups() != 1) {
      return Wrong(rule, "needs one group, which is the device id");
    }
    map.rules_.push_back({.kind = kind, .pattern = std::move(pattern)});
  }
  return map;
}

StatusOr<std::string> IdentityMap::DeviceOf(const CertificateNames& names) const {
  std::vector<std::string> ids;
  for (const std::string& uri : names.uris) {
    if (!uri.starts_with(kDeviceUriPrefix)) continue;
    const auto id = DecodedId(std::string_view(uri).substr(kDeviceUriPrefix.size()));
    if (id) ids.push_back(*id);
  }
  if (!ids.empty()) return OnlyOne(std::move(ids));
  for (const Rule& rule : rules_) {
    for (const std::string& name : NamesOf(names, rule.kind)) {
      std::string id;
      if (re2::RE2::FullMatch(name, *rule.pattern, &id) && !id.empty()) ids.push_back(id);
    }
    if (!ids.empty()) return OnlyOne(std::move(ids));
  }
  return Error(StatusCode::kNotFound, "its names are of no device");
}

}  // namespace godwit
