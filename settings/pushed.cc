#include "settings/pushed.h"

#include <fnmatch.h>

#include <algorithm>
#include <functional>

#include "base/text.h"

namespace godwit {
namespace {

// The device is who it is, keeps its samples where they are, and obeys its owner.
constexpr std::string_view kLocalOnly[] = {"agent.id",   "agent.state",     "agent.max_series",
                                           "spool.path", "tls.certificate", "tls.key",
                                           "remote"};
// Whoever sets these runs programs, or gives up encryption: a pattern does not do for them.
constexpr std::string_view kNamedInFull[] = {"sensors.exec.command", "sensors.exec.environment",
                                             "upload.insecure"};
constexpr std::string_view kPaths[] = {"tls.ca", "sensors.file.path", "sensors.replay.path",
                                       "sensors.exec.command"};

bool IsOneOf(std::string_view name, const auto& names) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool IsUnder(std::string_view name, std::string_view section) {
  return name.starts_with(section) &&
         (name.size() == section.size() || name[section.size()] == '.');
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
    problems.Add(node.place, "nothing expands in a pushed configuration",
                 "the device's environment and files are its owner's");
  }
}

bool Matches(const std::string& name, const std::string& pattern) {
  return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

// The name that must stand in full for `name` to be allowed; empty: a pattern does.
std::string_view InFull(std::string_view name) {
  for (const std::string_view full : kNamedInFull) {
    if (IsUnder(name, full)) return full;
  }
  return {};
}

// "upload" allows all of [upload].
bool IsAllowed(const std::string& name, const std::vector<std::string>& allow) {
  const std::string_view in_full = InFull(name);
  return std::any_of(allow.begin(), allow.end(), [&](const std::string& pattern) {
    if (!in_full.empty()) return pattern == in_full;
    return Matches(name, pattern) || Matches(name, pattern + ".*");
  });
}

// The path that a setting names; null when it names none.
const Node* PathOf(const std::string& name, const Node& node) {
  if (!IsOneOf(name, kPaths)) return nullptr;
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
    const bool local = std::any_of(std::begin(kLocalOnly), std::end(kLocalOnly),
                                   [&](std::string_view only) { return IsUnder(setting, only); });
    if (!local) return;
    problems.Add(member.key_place, Cat("'", setting, "' is the device's owner's alone"),
                 "only the device's own files say it");
  });
  RejectExpansions(root, problems);
  if (says_anything || !problems.empty()) return;
  auto file = std::make_shared<SourceFile>();
  file->name = name;
  problems.Add({.file = std::move(file), .line = 1, .column = 1},
               "a configuration that says nothing", "to take one back: godwit config unset");
}

void CheckAllowed(const Node& root, const PushRules& rules, Problems& problems) {
  Walk(root, "", [&](const std::string& name, const Node::Member& member) {
    if (!IsAllowed(name, rules.allow)) {
      problems.Add(
          member.key_place,
          Cat("remote.config.allow in the device's own settings does not allow '", name, "'"),
          InFull(name).empty() ? "" : "this one is allowed by its name in full only");
      return;
    }
    const Node* const path = PathOf(name, member.node);
    if (path == nullptr || path->text() == nullptr || path->text()->empty()) return;
    if (IsAllowedPath(*path->text(), rules.paths)) return;
    problems.Add(path->place,
                 Cat("remote.config.paths in the device's own settings does not allow '",
                     *path->text(), "'"));
  });
}

}  // namespace godwit
