// What a TOML file says, as a tree in the file's own order, every key and value with its place.
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
  // What a part of a string expands to: `text` stands where the file has `written`, "${NAME}".
  struct Expansion {
    std::string text;
    std::string written;
  };

  // A string that came out of an expansion: what the file has in its stead, "/dev/${NAME}", and
  // the parts of it that came from the environment or a file.
  std::string unexpanded;
  std::vector<Expansion> expansions;

  const Table* table() const { return std::get_if<Table>(&value); }
  Table* table() { return std::get_if<Table>(&value); }
  const Array* array() const { return std::get_if<Array>(&value); }
  Array* array() { return std::get_if<Array>(&value); }
  const std::string* text() const { return std::get_if<std::string>(&value); }

  // Of a table; null when it is none or has no such key.
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
