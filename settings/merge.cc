#include "settings/merge.h"

#include <string>
#include <utility>

#include "base/text.h"

namespace godwit {
namespace {

// A list of tables, and not a list of anything else.
bool IsTableList(const Node& node) {
  const Node::Array* array = node.array();
  return array != nullptr && !array->empty() && array->front().table() != nullptr;
}

// What [[sensors.type]] without a name is called.
std::string NameOf(const Node& entry, const std::string& type) {
  const Node::Member* name = entry.Find("name");
  return name != nullptr && name->node.text() != nullptr ? *name->node.text() : type;
}

Place NamePlace(const Node& entry) {
  const Node::Member* name = entry.Find("name");
  return name != nullptr ? name->node.place : entry.place;
}

void MergeNode(Node& base, Node overlay, const std::string& key);

void MergeTable(Node& base, Node overlay) {
  for (Node::Member& member : *overlay.table()) {
    if (Node::Member* mine = base.Find(member.key)) {
      mine->key_place = member.key_place;
      MergeNode(mine->node, std::move(member.node), member.key);
    } else {
      base.table()->push_back(std::move(member));
    }
  }
}

void MergeList(Node& base, Node overlay, const std::string& type) {
  for (Node& entry : *overlay.array()) {
    Node* same = nullptr;
    for (Node& mine : *base.array()) {
      if (mine.table() != nullptr && NameOf(mine, type) == NameOf(entry, type)) same = &mine;
    }
    if (same != nullptr && entry.table() != nullptr) {
      MergeTable(*same, std::move(entry));
    } else {
      base.array()->push_back(std::move(entry));
    }
  }
}

void MergeNode(Node& base, Node overlay, const std::string& key) {
  if (base.table() != nullptr && overlay.table() != nullptr) {
    MergeTable(base, std::move(overlay));
  } else if (IsTableList(base) && IsTableList(overlay)) {
    MergeList(base, std::move(overlay), key);
  } else {
    base = std::move(overlay);
  }
}

}  // namespace

void Merge(Node& base, Node overlay, Problems& problems) {
  RejectTwins(overlay, problems);
  MergeNode(base, std::move(overlay), "");
}

void RejectTwins(const Node& root, Problems& problems) {
  const Node::Member* sensors = root.Find("sensors");
  if (sensors == nullptr || sensors->node.table() == nullptr) return;
  for (const Node::Member& type : *sensors->node.table()) {
    if (!IsTableList(type.node)) continue;
    const Node::Array& entries = *type.node.array();
    for (size_t i = 0; i < entries.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        const std::string name = NameOf(entries[i], type.key);
        if (name != NameOf(entries[j], type.key)) continue;
        problems.Add(NamePlace(entries[i]), Cat("sensor ", type.key, "/", name, " occurs twice"),
                     Cat("first at ", PlaceText(NamePlace(entries[j])),
                         "; give one of them a name of its own"));
        break;
      }
    }
  }
}

}  // namespace godwit
