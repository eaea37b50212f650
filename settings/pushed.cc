#include "settings/pushed.h"

#include <fnmatch.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "base/text.h"
#include "settings/schema.h"

namespace godwit {
namespace {

NamedTraits Traits(std::string_view name) {
  return FindTraits(AgentSchema(), name);
}

// Every setting of a file by its name, in the file's order; a list of tables counts as its tables.
using OnSetting = std::function<void(const std::string& name, const Node::Member& member)>;

void Walk(const Node& node, const std::string& prefix, const OnSetting& on_setting) {
  if (const Node::Array* array = node.array()) {
    for (const Node& element : *array) Walk(element, prefix, on_setting);
  }
  if (node.table() == nullptr) return;
  for (const Node::Member& member : *node.table()) {
    const Node::Array* const array = member.node.array();
    const bool is_list = array != nullptr && !array->empty() && array->front().table() != nullptr;
    if (is_list || member.node.table() != nullptr) {
      Walk(member.node, Cat(prefix, member.key, "."), on_setting);
    } else {
      on_setting(prefix + member.key, member);
    }
  }
}

void RejectExpansions(const Node& node, Problems& problems) {
  if (const Node::Table* table = node.table()) {
    for (const Node::Member& member : *table) RejectExpansions(member.node, problems);
  } else if (const Node::Array* array = node.array()) {
    for (const Node& element : *array) RejectExpansions(element, problems);
  } else if (node.text() != nullptr && node.text()->find("${") != std::string::npos) {
    problems.Add(node.place, "a pushed configuration must not contain expansions",
                 "the environment and the files of the device belong to its owner");
  }
}

bool Matches(const std::string& name, const std::string& pattern) {
  return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

// "upload" allows all of [upload].
bool IsAllowed(const std::string& name, const NamedTraits& setting,
               const std::vector<std::string>& allow) {
  return std::any_of(allow.begin(), allow.end(), [&](const std::string& pattern) {
    if (setting.traits.by_full_name_only) return pattern == setting.name;
    return Matches(name, pattern) || Matches(name, pattern + ".*");
  });
}

// The path that a setting names; null when it names none.
const Node* PathOf(const NamedTraits& setting, const Node& node) {
  if (setting.traits.path == PathUse::kNone) return nullptr;
  if (const Node::Array* array = node.array()) return array->empty() ? nullptr : &array->front();
  return &node;
}

}  // namespace

std::string RevisionName(std::string_view id) {
  return Cat("revision ", Hex(id).substr(0, 8));
}

bool IsAllowedPath(const std::string& path, const std::vector<std::string>& patterns) {
  if (!path.starts_with('/') || path.find("/../") != std::string::npos || path.ends_with("/..")) {
    return false;
  }
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return Matches(path, pattern); });
}

void CheckPushed(const Node& root, std::string_view name, Problems& problems) {
  bool says_anything = false;
  Walk(root, "", [&](const std::string& setting, const Node::Member& member) {
    says_anything = true;
    if (!Traits(setting).traits.local_only) return;
    problems.Add(member.key_place, Cat("'", setting, "' cannot be pushed"),
                 "only the device's own files can set it");
  });
  RejectExpansions(root, problems);
  if (says_anything || !problems.empty()) return;
  auto file = std::make_shared<SourceFile>();
  file->name = name;
  problems.Add({.file = std::move(file), .line = 1, .column = 1}, "the configuration sets nothing",
               "to remove one: godwit config unset");
}

void CheckAllowed(const Node& root, const PushRules& rules, Problems& problems) {
  Walk(root, "", [&](const std::string& name, const Node::Member& member) {
    const NamedTraits setting = Traits(name);
    if (!IsAllowed(name, setting, rules.allow)) {
      problems.Add(
          member.key_place,
          Cat("remote.config.allow in the device's own settings does not allow '", name, "'"),
          setting.traits.by_full_name_only
              ? "for this setting remote.config.allow must have its full name, without wildcards"
              : "");
      return;
    }
    const Node* const path = PathOf(setting, member.node);
    if (path == nullptr || path->text() == nullptr || path->text()->empty()) return;
    if (IsAllowedPath(*path->text(), rules.paths)) return;
    problems.Add(path->place,
                 Cat("remote.config.paths in the device's own settings does not allow '",
                     *path->text(), "'"));
  });
}

}  // namespace godwit
