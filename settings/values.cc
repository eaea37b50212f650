#include "settings/values.h"

#include <functional>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "settings/value_check.h"

namespace godwit {
namespace {

// All keys that may stand directly in a table whose settings begin with `prefix`: "time" of
// "keepalive.time" under "keepalive.".
std::vector<std::string_view> KeysUnder(const SettingsSection& section, std::string_view prefix) {
  std::vector<std::string_view> keys;
  for (const Setting& setting : section.settings) {
    if (!setting.key.starts_with(prefix)) continue;
    const std::string_view rest = setting.key.substr(prefix.size());
    const std::string_view key = rest.substr(0, rest.find('.'));
    if (keys.empty() || keys.back() != key) keys.push_back(key);
  }
  return keys;
}

const Setting* FindSetting(const SettingsSection& section, std::string_view key) {
  for (const Setting& setting : section.settings) {
    if (setting.key == key) return &setting;
  }
  return nullptr;
}

// What to write instead of `key`, where `known` are.
std::string HintFor(const SettingsSchema& schema, std::string_view key,
                    const std::vector<std::string_view>& known) {
  const std::string_view near = NearestName(key, known);
  if (!near.empty()) return Cat("did you mean '", near, "'?");
  // TOML gives a key to the last table above it, wherever it was meant to go.
  for (const SettingsSection& section : schema.sections) {
    if (!section.repeated && FindSetting(section, key) != nullptr) {
      return Cat("[", section.path, "] has a key of this name; write it below that line");
    }
  }
  if (known.empty()) return "this table has no settings";
  std::string list = "known here: ";
  for (size_t i = 0; i < known.size(); ++i) list += Cat(i == 0 ? "" : ", ", known[i]);
  return list;
}

// One section of the files against the same of the schema.
class SectionCheck {
 public:
  SectionCheck(const SettingsSchema& schema, const SettingsSection& section, Problems& problems,
               SettingsExtent extent)
      : schema_(schema), section_(section), problems_(problems), extent_(extent) {}

  SettingValues Check(const Node* node, const Place& place) {
    values_.SetPlace(place);
    if (node != nullptr) CheckTable(*node, "");
    for (const Setting& setting : section_.settings) {
      if (values_.Has(setting.key)) continue;
      if (!setting.fallback.empty()) values_.Set(setting.key, DefaultValue(setting));
      if (!setting.required || extent_ == SettingsExtent::kPart) continue;
      if (!wrong_.contains(setting.key)) {
        problems_.Add(place, Cat("[[", section_.path, "]] needs '", setting.key, "'"),
                      Cat("such as ", setting.key, " = ", setting.example));
      }
    }
    return std::move(values_);
  }

 private:
  void CheckTable(const Node& node, const std::string& prefix) {
    const Node::Table* table = node.table();
    if (table == nullptr) {
      const std::string name = Cat(section_.path, prefix.empty() ? "" : ".",
                                   prefix.substr(0, prefix.empty() ? 0 : prefix.size() - 1));
      problems_.Add(node.place, Cat("'", name, "' must be a table"),
                    prefix.empty() ? Cat("write [", name, "]") : "write { … }");
      return;
    }
    for (const Node::Member& member : *table) CheckMember(member, prefix);
  }

  void CheckMember(const Node::Member& member, const std::string& prefix) {
    const std::string key = prefix + member.key;
    if (const Setting* setting = FindSetting(section_, key)) {
      auto value = CheckValue(*setting, Cat(section_.path, ".", key), member.node, problems_);
      if (value) {
        values_.Set(key, *std::move(value));
      } else {
        wrong_.insert(key);
      }
    } else if (!KeysUnder(section_, key + ".").empty()) {
      CheckTable(member.node, key + ".");
    } else {
      problems_.Add(member.key_place,
                    Cat("unknown key '", key, "' in ", section_.repeated ? "[[" : "[",
                        section_.path, section_.repeated ? "]]" : "]"),
                    HintFor(schema_, member.key, KeysUnder(section_, prefix)));
    }
  }

  const SettingsSchema& schema_;
  const SettingsSection& section_;
  Problems& problems_;
  const SettingsExtent extent_;
  SettingValues values_;
  std::set<std::string, std::less<>> wrong_;
};

class SettingsCheck {
 public:
  SettingsCheck(const SettingsSchema& schema, Problems& problems, SettingsExtent extent)
      : schema_(schema), problems_(problems), extent_(extent) {}

  CheckedSettings Check(const Node& root) {
    RejectUnknown(root, "");
    for (const SettingsSection& section : schema_.sections) {
      const Node::Member* member = FindPath(root, section.path);
      if (section.repeated) {
        if (member != nullptr) CheckRepeated(section, member->node);
        continue;
      }
      SectionCheck check(schema_, section, problems_, extent_);
      checked_.sections.emplace(section.path,
                                check.Check(member == nullptr ? nullptr : &member->node,
                                            member == nullptr ? Place{} : member->node.place));
    }
    return std::move(checked_);
  }

 private:
  static const Node::Member* FindPath(const Node& root, std::string_view path) {
    const Node* node = &root;
    while (true) {
      const size_t dot = path.find('.');
      const Node::Member* member = node->Find(path.substr(0, dot));
      if (member == nullptr || dot == std::string_view::npos) return member;
      node = &member->node;
      path.remove_prefix(dot + 1);
    }
  }

  // Tables that are no section, nor on the way to one.
  void RejectUnknown(const Node& node, const std::string& prefix) {
    for (const Node::Member& member : *node.table()) {
      const std::string path = prefix + member.key;
      if (schema_.Find(path) != nullptr) continue;
      const bool on_the_way = HasSectionsUnder(path + ".");
      if (on_the_way && member.node.table() != nullptr) {
        RejectUnknown(member.node, path + ".");
      } else if (on_the_way) {
        problems_.Add(member.node.place, Cat("'", path, "' must be a table"));
      } else {
        const bool table = member.node.table() != nullptr || member.node.array() != nullptr;
        const char* what = !prefix.empty() ? "sensor type" : table ? "table" : "key";
        problems_.Add(member.key_place, Cat("unknown ", what, " '", member.key, "'"),
                      UnknownHint(member.key, prefix));
      }
    }
  }

  bool HasSectionsUnder(std::string_view prefix) const {
    for (const SettingsSection& section : schema_.sections) {
      if (section.path.starts_with(prefix)) return true;
    }
    return false;
  }

  std::string UnknownHint(std::string_view key, std::string_view prefix) const {
    std::vector<std::string_view> known;
    for (const SettingsSection& section : schema_.sections) {
      if (!section.path.starts_with(prefix)) continue;
      const std::string_view rest = section.path.substr(prefix.size());
      const std::string_view name = rest.substr(0, rest.find('.'));
      if (known.empty() || known.back() != name) known.push_back(name);
    }
    return HintFor(schema_, key, known);
  }

  void CheckRepeated(const SettingsSection& section, const Node& node) {
    const Node::Array* array = node.array();
    if (array == nullptr) {
      problems_.Add(node.place, Cat("'", section.path, "' must be a list of tables"),
                    Cat("write [[", section.path, "]]"));
      return;
    }
    for (const Node& element : *array) {
      SectionCheck check(schema_, section, problems_, extent_);
      checked_.repeated.emplace_back(section.path, check.Check(&element, element.place));
    }
  }

  const SettingsSchema& schema_;
  Problems& problems_;
  const SettingsExtent extent_;
  CheckedSettings checked_;
};

}  // namespace

const SettingsSection* SettingsSchema::Find(std::string_view path) const {
  for (const SettingsSection& section : sections) {
    if (section.path == path) return &section;
  }
  return nullptr;
}

const CheckedValue& SettingValues::At(std::string_view key) const {
  const auto found = values_.find(key);
  // Keys are written in the code, beside the schema that fills in each of them.
  GODWIT_CHECK(found != values_.end());
  return found->second;
}

template <typename T>
const T& SettingValues::Get(std::string_view key) const {
  const T* value = std::get_if<T>(&At(key).value);
  // Likewise their types.
  GODWIT_CHECK(value != nullptr);
  return *value;
}
template const std::string& SettingValues::Get(std::string_view) const;
template const bool& SettingValues::Get(std::string_view) const;
template const int64_t& SettingValues::Get(std::string_view) const;
template const double& SettingValues::Get(std::string_view) const;
template const absl::Duration& SettingValues::Get(std::string_view) const;
template const StringList& SettingValues::Get(std::string_view) const;
template const StringMap& SettingValues::Get(std::string_view) const;

std::optional<absl::Duration> SettingValues::DurationOrChoice(std::string_view key) const {
  const auto* duration = std::get_if<absl::Duration>(&At(key).value);
  return duration == nullptr ? std::nullopt : std::optional(*duration);
}

Place SettingValues::PlaceOf(std::string_view key) const {
  const auto found = values_.find(key);
  if (found != values_.end() && found->second.place.file != nullptr) return found->second.place;
  return place_;
}

CheckedSettings CheckSettings(const SettingsSchema& schema, const Node& root, Problems& problems,
                              SettingsExtent extent) {
  return SettingsCheck(schema, problems, extent).Check(root);
}

std::vector<std::string> ChangedSettings(const CheckedSettings& now,
                                         const CheckedSettings& wanted) {
  std::vector<std::string> names;
  for (const auto& [path, values] : wanted.sections) {
    const auto& before = now.sections.at(path).all();
    for (const auto& [key, value] : values.all()) {
      const auto found = before.find(key);
      if (found == before.end() || !(found->second == value)) names.push_back(Cat(path, ".", key));
    }
  }
  return names;
}

}  // namespace godwit
