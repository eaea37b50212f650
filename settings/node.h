// A TOML file as a tree in the file's own order, with the place of every key and value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "settings/source_file.h"

namespace godwit {

struct Node {
  struct Member;
  using Array = std::vector<Node>;
  using Table = std::vector<Member>;

  // monostate: a date or a time, which no setting is.
  std::variant<std::monostate, bool, int64_t, double, std::string, Array, Table> value;
  Place place;
  // An expanded part of a string: `text` replaces `written`, "${NAME}".
  struct Expansion {
    std::string text;
    std::string written;
  };

  // Of a string with expansions: the text in the file, "/dev/${NAME}", and the parts that came from
  // the environment or a file.
  std::string unexpanded;
  std::vector<Expansion> expansions;

  const Table* table() const { return std::get_if<Table>(&value); }
  Table* table() { return std::get_if<Table>(&value); }
  const Array* array() const { return std::get_if<Array>(&value); }
  Array* array() { return std::get_if<Array>(&value); }
  const std::string* text() const { return std::get_if<std::string>(&value); }

  // Returns the member of a table; null if this is not a table or has no such key.
  Member* Find(std::string_view key);
  const Member* Find(std::string_view key) const;
};

struct Node::Member {
  std::string key;
  Place key_place;
  Node node;
};

inline Node::Member* Node::Find(std::string_view key) {
  if (Table* members = table()) {
    for (Member& member : *members) {
      if (member.key == key) return &member;
    }
  }
  return nullptr;
}

inline const Node::Member* Node::Find(std::string_view key) const {
  return const_cast<Node*>(this)->Find(key);
}

}  // namespace godwit
