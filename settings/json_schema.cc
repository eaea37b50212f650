// The schema for editors: JSON Schema, draft 7. A dotted key is a table within its table.
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "settings/schema.h"

namespace godwit {
namespace {

using Json = nlohmann::ordered_json;

// Any string may be an expansion instead.
constexpr const char* kExpansion = R"(|.*\$\{.*)";

// As alternatives of a pattern.
std::string OrChoices(const Setting& setting) {
  std::string out;
  for (const std::string_view choice : setting.choices) out += Cat("|", choice);
  return out;
}

Json TypeOf(const Setting& setting) {
  const auto pattern = [](const std::string& form) {
    return Json{{"type", "string"}, {"pattern", Cat("^(", form, kExpansion, ")$")}};
  };
  Json strings = {{"type", "string"}};
  if (!setting.choices.empty()) {
    strings["enum"] = Json::array();
    for (const std::string_view choice : setting.choices) strings["enum"].push_back(choice);
  }
  switch (setting.type) {
    case SettingType::kString:
      return {{"type", "string"}};
    case SettingType::kBool:
      return {{"type", {"boolean", "string"}}};
    case SettingType::kInteger:
      return {{"type", {"integer", "string"}}};
    case SettingType::kNumber:
      return {{"type", {"number", "string"}}};
    case SettingType::kDuration:
      return pattern(Cat(R"((\d+(\.\d+)?(ns|us|ms|s|m|h))+|\d+d)", OrChoices(setting)));
    case SettingType::kSize:
      return pattern(R"(\d+(B|KiB|MiB|GiB|TiB))");
    case SettingType::kPercent:
      return pattern(R"(\d{1,2}%)");
    case SettingType::kChoice:
      return strings;
    case SettingType::kStrings:
      return {{"type", "array"}, {"items", strings}};
    case SettingType::kStringMap:
      return {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
  }
  return {};
}

Json Object() {
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
}

// The object in which the last part of a dotted path stands, made on the way.
Json& Within(Json& root, std::string_view& path) {
  Json* object = &root;
  for (size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    Json& next = (*object)["properties"][std::string(path.substr(0, dot))];
    if (next.is_null()) next = Object();
    object = &next;
    path.remove_prefix(dot + 1);
  }
  return *object;
}

Json SectionSchema(const SettingsSection& section) {
  Json object = Object();
  for (const Setting& setting : section.settings) {
    Json type = TypeOf(setting);
    type["description"] = setting.text;
    if (!setting.fallback.empty())
      type["description"] = Cat(setting.text, " (", setting.fallback, ")");
    if (setting.required) object["required"].push_back(setting.key);
    std::string_view key = setting.key;
    Json& within = Within(object, key);
    within["properties"][std::string(key)] = std::move(type);
  }
  if (!section.repeated) {
    object["description"] = section.text;
    return object;
  }
  return {{"type", "array"}, {"description", section.text}, {"items", std::move(object)}};
}

}  // namespace

std::string JsonSchema(const SettingsSchema& schema) {
  Json root = {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", schema.text}};
  root.update(Object());
  for (const SettingsSection& section : schema.sections) {
    std::string_view path = section.path;
    Json& within = Within(root, path);
    within["properties"][std::string(path)] = SectionSchema(section);
  }
  return root.dump(2) + "\n";
}

}  // namespace godwit
